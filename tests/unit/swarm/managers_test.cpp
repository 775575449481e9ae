// Endpoints in every state that an engine can be in, as the first of two and as the only one: what it costs,
// what is told, and that nobody asks more often than he should.
#include "recorded.hpp"
#include "result_text.hpp"
#include "scripted_engine.hpp"
#include "support/catch.hpp"
#include "swarm_client/engine_client.hpp"

#include <algorithm>
#include <optional>

using namespace autoscaler::swarm;
using namespace autoscaler::swarm::test;
namespace asio = boost::asio;
using script = scripted_engine::script;

namespace {

bool is_probe(heard_request const& what) {
    return what.target.find("/services?filters=") != std::string::npos;
}

reply manager(heard_request const& what) {
    return answer_with(200, is_probe(what) ? "[]" : recorded("20.10/service_new.json"));
}

reply silence(heard_request const&) {
    return {"", reply::then::stall};
}

reply lives(heard_request const&) {
    return answer_with(200, "OK");
}

script refuses(std::string const& file) {
    return [file](heard_request const&) { return reply{recorded_wire(file)}; };
}

// How an engine answers that does not serve.
struct bad_state {
    std::string name;
    script pings;
    script answers;
    error_kind kind;
};

std::vector<bad_state> bad_states() {
    script const hangs_up = [](heard_request const&) { return reply{"", reply::then::close}; };
    script const deadline = [](heard_request const&) {
        return answer_with(
            500, R"({"message":"rpc error: code = DeadlineExceeded desc = context deadline exceeded"})"
        );
    };
    script const proxy = [](heard_request const&) { return answer_with(403, "no"); };
    return {
        {"in no swarm", lives, refuses("20.10/err_not_in_swarm.http"), error_kind::not_in_swarm},
        {"a worker", lives, refuses("20.10/err_worker.http"), error_kind::not_a_manager},
        {"without a leader", lives, refuses("20.10/err_no_leader.http"), error_kind::no_leader},
        {"losing its quorum", lives, deadline, error_kind::timeout},
        {"cut off, so that Swarm is silent", lives, silence, error_kind::timeout},
        {"frozen", silence, silence, error_kind::timeout},
        {"hanging up", hangs_up, hangs_up, error_kind::connection_lost},
        {"behind a proxy that forbids it", lives, proxy, error_kind::rejected},
        {"no engine at all", proxy, proxy, error_kind::rejected},
    };
}

// Endpoints that fail are left alone for longer than any test lasts.
limits patient_with_failures() {
    limits bounds = impatient();
    bounds.request = std::chrono::milliseconds(1000); // several waits follow each other in one call
    bounds.first_retry = std::chrono::hours(1);
    bounds.longest_retry = bounds.longest_slow_retry = bounds.first_retry;
    return bounds;
}

struct told_states {
    std::vector<endpoint_state> all;

    endpoint_observer observer() {
        return [this](endpoint_state const& state) { all.push_back(state); };
    }
};

std::size_t total(scripted_engine const& engine) {
    return engine.connections() + engine.requests().size();
}

} // namespace

TEST_CASE("a first endpoint that does not serve is left for the second, once", "[managers]") {
    for (auto const& state : bad_states()) {
        INFO(state.name);
        asio::io_context context;
        scripted_engine first(context, state.answers);
        first.on_ping(state.pings);
        scripted_engine second(context, manager);
        told_states told;
        engine_client client(
            context.get_executor(), {first.where(), second.where()}, patient_with_failures(), told.observer()
        );
        // Many at once: one of them looks, and none waits for more than that.
        int done = 0;
        for (int i = 0; i < 20; ++i)
            asio::co_spawn(
                context,
                client.inspect("web"),
                [&](std::exception_ptr, result<service> const& found) {
                    CHECK(found);
                    ++done;
                }
            );
        run_until(context, [&] { return done == 20; });
        CHECK(first.connections() == 1);
        CHECK(first.requests().size() <= 1);
        // The look at a silent one may still be under way.
        run_until(context, [&] { return !told.all.empty(); });
        auto const before = total(first);
        for (int i = 0; i < 5; ++i) {
            CHECK(run(context, client.inspect("web")));
            auto const ready = run(context, client.probe());
            REQUIRE(ready);
            CHECK(ready->endpoint == to_string(second.where()));
        }
        CHECK(total(first) == before);
        REQUIRE(told.all.size() == 1);
        CHECK(told.all[0].endpoint == to_string(first.where()));
        CHECK_FALSE(told.all[0].up);
        CHECK_FALSE(told.all[0].cause.empty());
        auto const states = client.endpoints();
        CHECK_FALSE(states.at(0).up);
        CHECK(states.at(1).up);
    }
}

TEST_CASE("while the only endpoint is known to fail, calls fail at once and nobody is asked", "[managers]") {
    for (auto const& state : bad_states()) {
        INFO(state.name);
        asio::io_context context;
        scripted_engine engine(context, state.answers);
        engine.on_ping(state.pings);
        told_states told;
        engine_client client(
            context.get_executor(), {engine.where()}, patient_with_failures(), told.observer()
        );
        auto const first = run(context, client.probe());
        REQUIRE_FALSE(first);
        CHECK(to_string(first.error().kind) == to_string(state.kind));
        auto const before = total(engine);
        for (int i = 0; i < 20; ++i) {
            auto const found = run(context, client.inspect("web"));
            REQUIRE_FALSE(found);
            CHECK(found.error().kind == state.kind);
            CHECK(found.error().operation == "inspect \"web\"");
            CHECK(found.error().endpoint == to_string(engine.where()));
            auto const again = run(context, client.probe());
            REQUIRE_FALSE(again);
            CHECK(describe(again.error()) == describe(first.error())); // else it would be told again
        }
        CHECK(total(engine) == before);
        CHECK(told.all.size() == 1);
    }
}

TEST_CASE("each state passes, and then the endpoint serves again", "[managers]") {
    for (auto const& state : bad_states()) {
        INFO(state.name);
        asio::io_context context;
        bool good = false;
        scripted_engine engine(context, [&](heard_request const& what) {
            return good ? manager(what) : state.answers(what);
        });
        engine.on_ping([&](heard_request const& what) { return good ? lives(what) : state.pings(what); });
        told_states told;
        engine_client client(context.get_executor(), {engine.where()}, eager(impatient()), told.observer());
        CHECK_FALSE(run(context, client.probe()));
        good = true;
        CHECK(run(context, client.probe()));
        CHECK(run(context, client.inspect("web")));
        REQUIRE(told.all.size() == 2);
        CHECK(told.all[1].up);
    }
}

TEST_CASE(
    "a call that finds nobody serving leaves a look behind, so that a later one succeeds", "[managers]"
) {
    asio::io_context context;
    bool good = false;
    scripted_engine engine(context, [&](heard_request const& what) {
        return good ? manager(what) : reply{recorded_wire("20.10/err_no_leader.http")};
    });
    engine_client client(context.get_executor(), {engine.where()}, eager());
    CHECK_FALSE(run(context, client.probe()));
    good = true;
    CHECK_FALSE(run(context, client.inspect("web"))); // at once, as it was
    run_until(context, [&] { return client.endpoints().at(0).up; });
    CHECK(run(context, client.inspect("web")));
}

TEST_CASE("a frozen engine is noticed by its ping, and everything at it ends", "[managers]") {
    asio::io_context context;
    bool frozen = false;
    auto const stream_head = "HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\nTransfer-Encoding: chunked\r\n\r\n";
    scripted_engine first(context, [&](heard_request const& what) {
        if (what.target.find("/events") != std::string::npos)
            return reply{stream_head, reply::then::stall};
        return frozen ? silence(what) : manager(what);
    });
    bool pings = true;
    first.on_ping([&](heard_request const& what) { return pings ? lives(what) : silence(what); });
    scripted_engine second(context, manager);
    limits bounds = patient_with_failures();
    bounds.request = std::chrono::minutes(10); // nobody waits for that
    engine_client client(context.get_executor(), {first.where(), second.where()}, bounds);
    auto const inspected = run(context, client.inspect("web"));
    REQUIRE(inspected);

    bool opened = false;
    std::optional<error> stream_ended;
    std::optional<result<service>> read;
    std::optional<result<void>> written;
    asio::co_spawn(
        context,
        client.events({[&] { opened = true; }, [](swarm_event const&) {}}),
        [&](std::exception_ptr, error why) { stream_ended = std::move(why); }
    );
    run_until(context, [&] { return opened; });
    frozen = true;
    asio::co_spawn(context, client.inspect("web"), [&](std::exception_ptr, result<service> found) {
        read = std::move(found);
    });
    asio::co_spawn(
        context,
        client.update(*inspected, {3, std::nullopt}),
        [&](std::exception_ptr, result<void> outcome) { written = std::move(outcome); }
    );
    run_until(context, [&] { // both are on their way
        return std::ranges::count(first.requests(), "POST", &heard_request::method) == 1 &&
               first.requests().size() == 5;
    });
    pings = false;
    auto const ready = run(context, client.probe());
    REQUIRE(ready);
    CHECK(ready->endpoint == to_string(second.where()));
    run_until(context, [&] { return stream_ended && read && written; });
    CHECK(stream_ended->kind == error_kind::timeout);
    REQUIRE_FALSE(*read);
    CHECK(read->error().kind == error_kind::timeout);
    REQUIRE_FALSE(*written);
    CHECK(written->error().kind == error_kind::timeout);
    CHECK(written->error().maybe_applied);
    auto const posts = std::ranges::count(second.requests(), "POST", &heard_request::method);
    CHECK(posts == 0); // what was sent is not sent again, elsewhere neither
    CHECK(run(context, client.inspect("web")));
}

TEST_CASE("a manager that is cut off is left as soon as another one answers", "[managers]") {
    asio::io_context context;
    bool cut_off = false;
    scripted_engine first(context, [&](heard_request const& what) {
        return cut_off ? silence(what) : manager(what);
    });
    scripted_engine second(context, manager);
    told_states told;
    limits bounds = patient_with_failures();
    bounds.request = std::chrono::minutes(10);
    engine_client client(context.get_executor(), {first.where(), second.where()}, bounds, told.observer());
    REQUIRE(run(context, client.probe()));
    cut_off = true; // pings are answered all the same
    auto const ready = run(context, client.probe());
    REQUIRE(ready);
    CHECK(ready->endpoint == to_string(second.where()));
    REQUIRE(told.all.size() == 1);
    CHECK(told.all[0].cause.find("while another manager answers at once") != std::string::npos);
}

TEST_CASE(
    "a leader that steps back in the middle of a write leaves it in doubt, and the next calls go elsewhere",
    "[managers]"
) {
    asio::io_context context;
    std::string text = GENERATE(
        "rpc error: code = Unknown desc = raft: failed to process the request: node lost leader status",
        "rpc error: code = Unknown desc = The swarm does not have a leader. It's possible"
    );
    scripted_engine first(context, [&](heard_request const& what) {
        return what.method == "POST" ? answer_with(500, R"({"message":")" + text + R"("})") : manager(what);
    });
    scripted_engine second(context, manager);
    engine_client client(context.get_executor(), {first.where(), second.where()}, patient_with_failures());
    auto const found = run(context, client.inspect("web"));
    REQUIRE(found);
    auto const written = run(context, client.update(*found, {3, std::nullopt}));
    REQUIRE_FALSE(written);
    CHECK(written.error().kind == error_kind::no_leader);
    CHECK(written.error().maybe_applied);
    CHECK(std::ranges::count(first.requests(), "POST", &heard_request::method) == 1);
    CHECK(second.requests().empty());

    CHECK(run(context, client.inspect("web")));
    auto const again = run(context, client.inspect_id("sfgcjjfcro3qvhr1gisfirodz"));
    CHECK(again);
    CHECK(second.requests().size() == 3); // the look at it, and both
    CHECK(std::ranges::count(second.requests(), "POST", &heard_request::method) == 0);
}

TEST_CASE("while none serves, a write is refused and cannot have been applied", "[managers]") {
    asio::io_context context;
    service inspected = decoded(recorded("20.10/service_new.json"));
    inspected.api_version = "1.41";
    scripted_engine engine(context, refuses("20.10/err_no_leader.http"));
    engine_client client(context.get_executor(), {engine.where()}, patient_with_failures());
    auto const sent = run(context, client.update(inspected, {3, std::nullopt}));
    REQUIRE_FALSE(sent);
    CHECK(sent.error().maybe_applied);
    auto const not_sent = run(context, client.update(inspected, {3, std::nullopt}));
    REQUIRE_FALSE(not_sent);
    CHECK(not_sent.error().kind == error_kind::no_leader);
    CHECK_FALSE(not_sent.error().maybe_applied);
    CHECK(engine.requests().size() == 1);
}

TEST_CASE("one question that is never answered does not take the endpoint from all others", "[managers]") {
    asio::io_context context;
    scripted_engine engine(context, [](heard_request const& what) {
        return what.target.ends_with("/slow") ? silence(what) : manager(what);
    });
    told_states told;
    engine_client client(context.get_executor(), {engine.where()}, patient_with_failures(), told.observer());
    for (int i = 0; i < 2; ++i) {
        CHECK_FALSE(run(context, client.inspect("slow")));
        CHECK(run(context, client.inspect("web")));
    }
    CHECK(run(context, client.probe()));
    CHECK(told.all.empty());
}

TEST_CASE("calls that wait for a turn at an engine that dies do not wait for longer", "[managers]") {
    asio::io_context context;
    scripted_engine engine(context, [](heard_request const& what) {
        return is_probe(what) ? manager(what) : silence(what);
    });
    limits bounds = patient_with_failures();
    bounds.request = std::chrono::minutes(10);
    engine_client client(context.get_executor(), {engine.where()}, bounds);
    REQUIRE(run(context, client.probe()));
    int ended = 0;
    for (int i = 0; i < 50; ++i)
        asio::co_spawn(context, client.inspect("web"), [&](std::exception_ptr, result<service> const& found) {
            CHECK_FALSE(found);
            ++ended;
        });
    run_until(context, [&] { return engine.requests().size() > bounds.connections; });
    auto const asked = engine.connections();
    engine.die();
    run_until(context, [&] { return ended == 50; });
    CHECK(engine.connections() == asked);
}

TEST_CASE("an endpoint that comes and goes is told once for each change", "[managers]") {
    asio::io_context context;
    bool good = true;
    scripted_engine engine(context, [&](heard_request const& what) {
        return good ? manager(what) : reply{recorded_wire("20.10/err_worker.http")};
    });
    told_states told;
    engine_client client(context.get_executor(), {engine.where()}, eager(), told.observer());
    for (int change = 1; change <= 6; ++change) {
        good = !good;
        for (int i = 0; i < 5; ++i)
            CHECK(run(context, client.probe()).has_value() == good);
        CHECK(told.all.size() == static_cast<std::size_t>(change));
        CHECK(told.all.back().up == good);
    }
}

TEST_CASE("a spare that does not serve is known before it is needed", "[managers]") {
    asio::io_context context;
    scripted_engine first(context, manager);
    scripted_engine spare(context, refuses("20.10/err_worker.http"));
    told_states told;
    engine_client client(
        context.get_executor(), {first.where(), spare.where()}, patient_with_failures(), told.observer()
    );
    for (int i = 0; i < 2; ++i)
        CHECK(run(context, client.probe())); // none serves at the first
    run_until(context, [&] { return !told.all.empty(); });
    CHECK(told.all.at(0).endpoint == to_string(spare.where()));
    CHECK(spare.requests().size() == 1);
    CHECK(run(context, client.probe())->endpoint == to_string(first.where()));
}
