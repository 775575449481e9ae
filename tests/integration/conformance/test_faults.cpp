// The simulated engine alone: faults at every step, its place in the swarm, events, control from outside, and
// its end.
#include "raw_engine.hpp"
#include "running_engine.hpp"
#include "support/catch.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <filesystem>
#include <thread>

namespace autoscaler::tests {

using nlohmann::json;
using swarm::simulated::fault;
using swarm::simulated::fault_kind;
using swarm::simulated::membership;
using swarm::simulated::operation;
using swarm::simulated::simulated_engine;

namespace {

// The default scenario at work, and the one write that the tests try.
struct bench {
    running_engine running{swarm::model::default_scenario()};
    raw_engine engine{running.socket_path()};

    void plan(fault coming) {
        running.with([&](simulated_engine& one) { one.injected().add(std::move(coming)); });
    }

    json inspect() const { return engine.get("/services/web").json(); }

    std::uint64_t replicas() const {
        return inspect()["Spec"]["Mode"]["Replicated"]["Replicas"].get<std::uint64_t>();
    }

    reply scale(std::uint64_t replicas, std::chrono::milliseconds deadline = std::chrono::seconds{10}) const {
        auto const now = inspect();
        auto spec = now["Spec"];
        spec["Mode"]["Replicated"]["Replicas"] = replicas;
        auto const target = "/services/web/update?version=" + now["Version"]["Index"].dump();
        return engine.call("POST", target, spec.dump(), deadline);
    }
};

fault at_update(fault_kind kind) {
    fault made;
    made.kind = kind;
    made.where = operation::update_service;
    return made;
}

// A bare connection to the socket; reads with a deadline of ten seconds.
class connection {
public:
    explicit connection(std::string const& path) : handle_{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(static_cast<char*>(address.sun_path), path.data(), path.size());
        timeval const limit{10, 0};
        ::setsockopt(handle_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): what the socket API asks for.
        REQUIRE(::connect(handle_, reinterpret_cast<sockaddr const*>(&address), sizeof address) == 0);
    }

    ~connection() { ::close(handle_); }

    connection(connection const&) = delete;
    connection& operator=(connection const&) = delete;

    void send(std::string_view text) const {
        REQUIRE(::send(handle_, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size()));
    }

    // Reads until `end` has come or the other side has closed; all that has come so far.
    std::string const& read_until(std::string_view end) {
        std::array<char, 4096> part{};
        while (end.empty() || received_.find(end) == std::string::npos) {
            auto const count = ::recv(handle_, part.data(), part.size(), 0);
            if (count <= 0)
                break;
            received_.append(part.data(), static_cast<std::size_t>(count));
        }
        return received_;
    }

    std::string const& read_all() { return read_until({}); }

private:
    int handle_;
    std::string received_;
};

} // namespace

TEST_CASE("faults strike configs as they strike services", "[faults]") {
    bench b;
    auto const create = [&] { return b.engine.post("/configs/create", R"({"Name":"a","Data":"LQ=="})"); };
    fault lost;
    lost.kind = fault_kind::lost_reply;
    lost.where = operation::create_config;
    b.plan(lost);
    CHECK(create().status == 0);
    CHECK(create().status == 409); // the first one was done
    fault conflict;
    conflict.kind = fault_kind::conflict;
    conflict.where = operation::update_config;
    b.plan(conflict);
    auto const version = b.engine.get("/configs/a").json()["Version"]["Index"].dump();
    auto const update = [&] {
        return b.engine.post("/configs/a/update?version=" + version, R"({"Name":"a","Labels":{"b":"c"}})");
    };
    CHECK(update().message() == "rpc error: code = Unknown desc = update out of sequence");
    CHECK(update().status == 200);
    b.running.with([](simulated_engine& one) { one.injected().set_place(membership::worker); });
    CHECK(b.engine.get("/configs").status == 503);
    CHECK(b.engine.remove("/configs/a").status == 503);
}

TEST_CASE("a conflict storm refuses the next writes, then it is over", "[faults]") {
    bench b;
    auto storm = at_update(fault_kind::conflict);
    storm.times = 3;
    b.plan(storm);
    for (int i = 0; i < 3; ++i) {
        auto const refused = b.scale(5);
        CHECK(refused.status == 500);
        CHECK(refused.message() == "rpc error: code = Unknown desc = update out of sequence");
        CHECK(b.replicas() == 2);
    }
    CHECK(b.scale(5).status == 200);
    CHECK(b.replicas() == 5);
    b.running.with([](simulated_engine& one) { CHECK(one.injected().seen(operation::update_service) == 4); });
}

TEST_CASE("faults differ in whether the write is done", "[faults]") {
    struct row {
        fault_kind kind;
        bool done;
        unsigned status;
    };

    auto const expected = GENERATE(
        row{fault_kind::error, false, 503},
        row{fault_kind::late_error, true, 503},
        row{fault_kind::lost_reply, true, 0},
        row{fault_kind::refuse, false, 0},
        row{fault_kind::reset, true, 0}
    );
    bench b;
    auto planned = at_update(expected.kind);
    planned.status = 503;
    planned.text = "so it goes";
    b.plan(planned);
    auto const got = b.scale(3);
    CHECK(got.status == expected.status);
    if (expected.status != 0)
        CHECK(got.message() == "so it goes");
    CHECK(b.replicas() == (expected.done ? 3U : 2U));
    CHECK(b.scale(4).status == 200);
}

TEST_CASE(
    "the services of a scenario are stored as an engine stores them: posting one back is no deploy",
    "[server]"
) {
    bench b;
    auto const task_ids = [&] {
        std::vector<std::string> ids;
        for (auto const& one : b.engine.get("/tasks").json())
            ids.push_back(one["ID"].get<std::string>());
        return ids;
    };
    auto const before = task_ids();
    auto const now = b.inspect();
    CHECK(now["Spec"]["TaskTemplate"]["Runtime"] == "container");
    CHECK(b.scale(2).status == 200);
    b.running.with([](simulated_engine& one) {
        one.swarm().advance(simulated_engine::wall_clock() + std::chrono::minutes{1});
    });
    CHECK(b.inspect()["Spec"] == now["Spec"]);
    CHECK_FALSE(b.inspect().contains("UpdateStatus"));
    CHECK(task_ids() == before);
}

TEST_CASE("a broken answer has a header and half of its body", "[faults]") {
    bench b;
    fault planned;
    planned.kind = fault_kind::reset;
    b.plan(planned);
    connection raw{b.running.socket_path()};
    raw.send("GET /services HTTP/1.1\r\nHost: d\r\n\r\n");
    auto const all = raw.read_all();
    auto const body = all.substr(all.find("\r\n\r\n") + 4);
    auto const length = std::stoul(all.substr(all.find("Content-Length: ") + 16));
    CHECK(body.size() == length / 2);
    CHECK(body.starts_with("[{"));
}

TEST_CASE("a stalled write is done, is answered late, and holds up nobody else", "[faults]") {
    bench b;
    auto planned = at_update(fault_kind::stall);
    planned.lasts = std::chrono::minutes{5};
    b.plan(planned);
    auto const got = b.scale(3, std::chrono::milliseconds{200});
    CHECK(got.status == 0);
    CHECK(b.replicas() == 3);
    planned.lasts = std::chrono::milliseconds{50};
    b.plan(planned);
    CHECK(b.scale(4).status == 200);
}

TEST_CASE("a fault without a number of times lasts until it is cleared", "[faults]") {
    bench b;
    fault planned;
    planned.kind = fault_kind::error;
    planned.times.reset();
    b.plan(planned);
    for (int i = 0; i < 5; ++i)
        CHECK(b.engine.get("/services").status == 500);
    CHECK(b.engine.call("DELETE", "/_simulated/faults").status == 200);
    CHECK(b.engine.get("/services").status == 200);
}

TEST_CASE("an engine that is no working manager says what the engine says", "[faults]") {
    struct row {
        membership place;
        unsigned status;
        char const* text;
        char const* state;
        bool control;
    };

    auto const expected = GENERATE(
        row{membership::inactive, 503, "Use \"docker swarm init\" or \"docker swarm join\"", "inactive", false
        },
        row{membership::worker,
            503,
            "Worker nodes can't be used to view or modify cluster state",
            "active",
            false},
        row{membership::locked, 503, "Swarm is encrypted and needs to be unlocked", "locked", false},
        row{membership::no_leader, 500, "The swarm does not have a leader", "active", true}
    );
    bench b;
    b.running.with([&](simulated_engine& one) { one.injected().set_place(expected.place); });
    for (auto const* const path : {"/services", "/services/web", "/tasks", "/nodes"}) {
        auto const got = b.engine.get(path);
        CHECK(got.status == expected.status);
        CHECK_THAT(got.message(), Catch::Contains(expected.text));
    }
    CHECK(b.engine.post("/services/web/update?version=1", "{}").status == expected.status);
    CHECK(b.engine.get("/_ping").status == 200);
    auto const info = b.engine.get("/info");
    CHECK(info.status == 200);
    CHECK(info.json()["Swarm"]["LocalNodeState"] == expected.state);
    CHECK(info.json()["Swarm"]["ControlAvailable"] == expected.control);
    b.running.with([](simulated_engine& one) { one.injected().set_place(membership::manager); });
    CHECK(b.engine.get("/services").status == 200);
}

TEST_CASE("another process can plan faults, lose nodes and leave the swarm", "[control]") {
    bench b;
    auto const planned = R"({"kind":"conflict","operation":"update_service","times":1})";
    CHECK(b.engine.post("/_simulated/faults", planned).status == 200);
    CHECK(b.scale(3).status == 500);
    CHECK(b.scale(3).status == 200);
    auto const bad = b.engine.post("/_simulated/faults", R"({"kind":"earthquake"})");
    CHECK(bad.status == 400);
    CHECK_THAT(bad.message(), Catch::StartsWith("kind: expected one of stall, reset, "));
    CHECK(b.engine.post("/_simulated/faults", "{").status == 400);
    CHECK(b.engine.call("PUT", "/_simulated/membership", R"({"membership":"worker"})").status == 200);
    CHECK(b.engine.get("/services").status == 503);
    CHECK(b.engine.call("PUT", "/_simulated/membership", R"({"membership":7})").status == 400);
    CHECK(b.engine.call("PUT", "/_simulated/membership", R"({"membership":"manager"})").status == 200);
    CHECK(b.engine.post("/_simulated/nodes/node1/lose", "").status == 200);
    CHECK(b.engine.post("/_simulated/nodes/node1/recover", "").status == 200);
    CHECK(b.engine.post("/_simulated/nodes/nope/lose", "").status == 404);
    CHECK(b.engine.get("/_simulated/nothing").status == 404);
}

TEST_CASE("another process can let a node join, and the events tell of it", "[control]") {
    bench b;
    connection stream{b.running.socket_path()};
    stream.send(
        "GET /events?filters=" + percent_encoded(R"({"type":["node"]})") + " HTTP/1.1\r\nHost: d\r\n\r\n"
    );
    stream.read_until("\r\n\r\n");
    CHECK(b.engine.post("/_simulated/nodes", R"({"hostname":"node2","role":"worker"})").status == 200);
    auto const told = stream.read_until(R"("state.new":"ready")");
    CHECK_THAT(told, Catch::Contains(R"("Action":"create")") && Catch::Contains(R"("name":"node2")"));
    CHECK(b.engine.get("/nodes").json().size() == 2);
    auto const bad = b.engine.post("/_simulated/nodes", R"({"role":"queen"})");
    CHECK(bad.status == 400);
    CHECK_THAT(bad.message(), Catch::StartsWith("role: expected one of manager, worker"));
}

TEST_CASE("events come as they happen, filtered, in chunks", "[events]") {
    bench b;
    connection stream{b.running.socket_path()};
    stream.send(
        "GET /v1.41/events?filters=" + percent_encoded(R"({"type":["service"],"service":["web"]})") +
        " HTTP/1.1\r\nHost: d\r\n\r\n"
    );
    CHECK_THAT(stream.read_until("\r\n\r\n"), Catch::Contains("Transfer-Encoding: chunked"));
    REQUIRE(b.scale(3).status == 200);
    auto const seen = stream.read_until("\"replicas.new\":\"3\"");
    CHECK_THAT(seen, Catch::Contains(R"("name":"web")"));
    CHECK_THAT(seen, Catch::Contains(R"("replicas.old":"2")"));
    b.running.stop();
    CHECK_THAT(stream.read_all(), !Catch::EndsWith("0\r\n\r\n")); // A stopped engine ends no stream properly.
}

TEST_CASE("events of the past are replayed, and a stream ends when it was asked to", "[events]") {
    bench b;
    auto const replay = b.engine.get("/events?since=0&until=1");
    REQUIRE(replay.status == 200);
    CHECK_THAT(replay.body, Catch::Contains(R"("Action":"create")") && Catch::Contains("hosp_patient"));
    auto const nodes =
        b.engine.get("/events?since=0&until=1&filters=" + percent_encoded(R"({"type":["node"]})"));
    CHECK(nodes.body.empty());
}

TEST_CASE("time passes by itself: tasks start and rollouts end without a request", "[events]") {
    bench b;
    connection stream{b.running.socket_path()};
    stream.send("GET /events HTTP/1.1\r\nHost: d\r\n\r\n");
    stream.read_until("\r\n\r\n");
    auto const now = b.inspect();
    auto spec = now["Spec"];
    spec["TaskTemplate"]["ForceUpdate"] = 1;
    spec["UpdateConfig"] = {{"Parallelism", 0}, {"Monitor", 1'000'000}};
    REQUIRE(
        b.engine.post("/services/web/update?version=" + now["Version"]["Index"].dump(), spec.dump()).status ==
        200
    );
    CHECK_THAT(stream.read_until(R"("updatestate.new":"completed")"), Catch::Contains("completed"));
}

TEST_CASE("one connection serves many requests, and junk ends only itself", "[server]") {
    bench b;
    connection good{b.running.socket_path()};
    for (int i = 0; i < 3; ++i)
        good.send("GET /_ping HTTP/1.1\r\nHost: d\r\n\r\n");
    good.send("GET /_ping HTTP/1.1\r\nHost: d\r\nConnection: close\r\n\r\n");
    auto const all = good.read_all();
    std::size_t answers = 0;
    for (auto at = all.find("HTTP/1.1 200"); at != std::string::npos; at = all.find("HTTP/1.1 200", at + 1))
        ++answers;
    CHECK(answers == 4);
    connection junk{b.running.socket_path()};
    junk.send("what is this\r\n\r\n");
    CHECK(junk.read_all().empty());
    CHECK(b.engine.get("/_ping").status == 200);
}

TEST_CASE("stopping ends stalls, streams and idle connections at once and removes the socket", "[server]") {
    bench b;
    fault planned;
    planned.kind = fault_kind::stall;
    planned.where = operation::version;
    planned.lasts = std::chrono::hours{1};
    b.plan(planned);
    connection idle{b.running.socket_path()};
    connection stalled{b.running.socket_path()};
    stalled.send("GET /version HTTP/1.1\r\nHost: d\r\n\r\n");
    connection stream{b.running.socket_path()};
    stream.send("GET /events HTTP/1.1\r\nHost: d\r\n\r\n");
    stream.read_until("\r\n\r\n");
    b.running.stop();
    CHECK_FALSE(std::filesystem::exists(b.running.socket_path()));
    CHECK(idle.read_all().empty());
    CHECK(stalled.read_all().empty());
    CHECK(b.engine.get("/_ping").status == 0);
    b.running.stop();
}

TEST_CASE("a client that hangs up in the middle of a stall or a stream does no harm", "[server]") {
    bench b;
    fault planned;
    planned.kind = fault_kind::stall;
    planned.lasts = std::chrono::milliseconds{20};
    b.plan(planned);
    {
        connection const gone{b.running.socket_path()};
        gone.send("GET /services HTTP/1.1\r\nHost: d\r\n\r\n");
        connection streaming{b.running.socket_path()};
        streaming.send("GET /events HTTP/1.1\r\nHost: d\r\n\r\n");
        streaming.read_until("\r\n\r\n");
    }
    CHECK(b.scale(3).status == 200);
    CHECK(b.replicas() == 3);
}

TEST_CASE("a socket that cannot be opened is an error with the reason", "[server]") {
    bench b;
    b.running.with([&](simulated_engine& one) {
        CHECK_THAT(one.start().value_or(""), Catch::Contains("started already"));
    });
    CHECK(b.engine.get("/_ping").status == 200);
    CHECK_THROWS_WITH(
        running_engine(swarm::model::default_scenario(), b.running.socket_path()), Catch::Contains("in use")
    );
    CHECK_THROWS_WITH(
        running_engine(swarm::model::default_scenario(), "/nowhere/x.sock"),
        Catch::Contains("/nowhere/x.sock")
    );
    CHECK_THROWS_WITH(
        running_engine(swarm::model::default_scenario(), "/" + std::string(150, 'x')),
        Catch::Contains("longer than 107")
    );
}

} // namespace autoscaler::tests
