// The relay against servers that answer as the test says: what goes out, what comes back, and how it ends.
#include "server/relay/relayer.hpp"
#include "support/scripted_server.hpp"

#include <deque>
#include <map>

using namespace autoscaler;
using namespace autoscaler::test;
using namespace autoscaler::server::relay;
using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace http = server::http;

namespace {

// Answers by heart; a host without an entry is unknown.
class scripted_names final : public name_lookup {
public:
    explicit scripted_names(std::map<std::string, std::deque<looked_up>>& answers) : answers_(answers) {}

    asio::awaitable<looked_up> find(std::string host, std::chrono::milliseconds) override {
        auto& left = answers_[host];
        if (left.empty())
            co_return looked_up{{}, "unknown"};
        auto const found = left.front();
        if (left.size() > 1)
            left.pop_front();
        co_return found;
    }

    void stop() override {}

private:
    std::map<std::string, std::deque<looked_up>>& answers_;
};

// A relay in a hurry, and what it has told.
struct relaying {
    relaying(asio::io_context& context, options chosen) : io(context) {
        chosen.timing.rhythm = chosen.timing.first_rhythm = 5ms;
        chosen.timing.first_retry = chosen.timing.last_retry = 5ms;
        chosen.timing.keep = 0ms;
        chosen.timing.start_patience = 10s;
        if (short_try)
            chosen.timing.one_try = 50ms;
        prepare(std::move(chosen));
    }

    void prepare(options chosen) {
        relayer_events told;
        told.heard = [this](handover const& what) { return note(what); };
        told.begun = [this] { begun = true; };
        told.now = [] { return policy::time_point(policy::duration(1'800'000'000'000)); };
        room.emplace(
            io.get_executor(), std::move(chosen), std::make_unique<scripted_names>(names), std::move(told)
        );
    }

    asio::awaitable<void> note(handover const& what) {
        heard += what.firing().size();
        ++lists;
        co_return;
    }

    void pass_on(std::string const& body, facts of = {}, std::string_view path = "/webhook") {
        std::vector<http::field> const fields{{"Content-Type", "application/json"}};
        http::request asked;
        asked.route_path = path;
        asked.body = body;
        asked.fields = fields;
        room->pass_on(asked, of);
    }

    void stop(std::chrono::milliseconds patience = 0ms) {
        bool done = false;
        asio::co_spawn(io, room->stop(patience), [&](std::exception_ptr const&) { done = true; });
        run_until(io, [&] { return done; });
    }

    asio::io_context& io;
    bool short_try = true;
    std::map<std::string, std::deque<looked_up>> names;
    std::optional<relayer> room;
    std::size_t heard = 0;
    std::size_t lists = 0;
    bool begun = false;
};

// A peer: an empty list for who reads it, and `status` for who posts.
scripted_server::script peer(unsigned status = 200) {
    return [status](heard_request const& asked) {
        return asked.method == "GET" ? answer_with(200, "[]") : answer_with(status, "");
    };
}

std::vector<std::string> posted(scripted_server const& to) {
    std::vector<std::string> bodies;
    for (auto const& each : to.requests())
        if (each.method == "POST")
            bodies.push_back(each.body);
    return bodies;
}

options to(std::vector<std::uint16_t> const& ports) {
    options chosen;
    chosen.route_prefix = "/scaler";
    for (auto const port : ports)
        chosen.peers.push_back({"127.0.0.1", port, false});
    return chosen;
}

void name_addresses(relaying& of) {
    of.names["127.0.0.1"] = {{{"127.0.0.1"}, ""}};
}

using texts = std::vector<std::string>;

} // namespace

TEST_CASE("each peer gets each body unchanged, in order, over one connection", "[relay]") {
    asio::io_context io;
    scripted_server first(io, peer());
    scripted_server second(io, peer());
    relaying with(io, to({first.port(), second.port()}));
    name_addresses(with);
    with.room->start();
    run_until(io, [&] { return with.begun; });
    for (auto const* const each : {"1", "2", "3"})
        with.pass_on(each, {.webhook = true});
    run_until(io, [&] { return with.room->count().all.sent == 6; });
    for (auto const* const each : {&first, &second}) {
        CHECK(posted(*each) == texts{"1", "2", "3"});
        CHECK(each->connections() == 1);
        auto const& last = each->requests().back();
        CHECK(last.target == "/scaler/webhook");
        CHECK(last.header("X-Swarm-Autoscaler-Relay") == "1");
        CHECK(last.header("Content-Type") == "application/json");
    }
    CHECK(with.room->count().peers == 2);
    CHECK(with.room->count().bytes == 0);
    with.stop();
}

TEST_CASE("one that finds itself among its peers sends nothing there any more", "[relay]") {
    asio::io_context io;
    relaying* self = nullptr;
    scripted_server mirror(io, [&](heard_request const& asked) {
        // As the intake does.
        std::string const from = asked.header("X-Swarm-Autoscaler-Relay-From");
        std::vector<http::field> const fields{{relay_field, "1"}, {from_field, from}};
        http::request seen;
        seen.fields = fields;
        CHECK(self->room->is_own(read_mark(seen)));
        return answer_with(200, "[]");
    });
    scripted_server other(io, peer());
    relaying with(io, to({mirror.port(), other.port()}));
    self = &with;
    name_addresses(with);
    with.room->start();
    run_until(io, [&] { return with.begun; });
    with.pass_on("1");
    run_until(io, [&] { return with.room->count().all.sent == 1; });
    CHECK(posted(mirror).empty());
    CHECK(with.room->count().peers == 1);
    CHECK(with.lists == 1);
    http::request stranger;
    CHECK_FALSE(with.room->is_own(read_mark(stranger)));
    with.stop();
    CHECK(with.room->count().all.dropped == 0);
}

TEST_CASE("a body is tried until the peer takes or refuses it", "[relay]") {
    asio::io_context io;
    std::deque<unsigned> statuses{503, 500, 200, 400, 401, 400, 200};
    scripted_server server(io, [&](heard_request const& asked) {
        if (asked.method == "GET")
            return answer_with(200, "[]");
        auto const status = statuses.front();
        statuses.pop_front();
        return answer_with(status, "");
    });
    relaying with(io, to({server.port()}));
    name_addresses(with);
    with.room->start();
    run_until(io, [&] { return with.begun; });
    with.pass_on("busy", {.webhook = true});
    with.pass_on("bad");
    with.pass_on("unknown");
    with.pass_on("partly", {.partly = true}); // we have refused some of it ourselves
    with.pass_on("good");
    run_until(io, [&] { return statuses.empty() && with.room->count().bodies == 0; });
    CHECK(posted(server) == texts{"busy", "busy", "busy", "bad", "unknown", "partly", "good"});
    auto const count = with.room->count().all;
    CHECK(count.sent == 3);
    CHECK(count.failed == 4);
    CHECK(count.dropped == 2);
    with.stop();
}

TEST_CASE("what a peer cannot take holds up nothing for ever", "[relay]") {
    asio::io_context io;
    scripted_server server(io, [](heard_request const& asked) {
        return answer_with(asked.method == "POST" && asked.body != "good" ? 503 : 200, "[]");
    });
    relaying with(io, to({server.port()}));
    name_addresses(with);
    with.room->start();
    run_until(io, [&] { return with.begun; });
    with.pass_on("repeated by its sender");
    with.pass_on("told once", {.webhook = true});
    with.pass_on("good");
    run_until(io, [&] { return with.room->count().all.sent == 1; });
    CHECK(
        posted(server) ==
        texts{"repeated by its sender", "told once", "told once", "told once", "told once", "good"}
    );
    CHECK(with.room->count().all.dropped == 2);
    with.stop();
}

TEST_CASE("an alert that fires until the end of time is relayed", "[relay]") {
    asio::io_context io;
    scripted_server server(io, peer());
    relaying with(io, to({server.port()}));
    name_addresses(with);
    with.room->start();
    run_until(io, [&] { return with.begun; });
    with.pass_on("far", {.useful_for = std::chrono::hours(24 * 365 * 7000)});
    run_until(io, [&] { return with.room->count().bodies == 0; });
    CHECK(posted(server) == texts{"far"});
    with.stop();
}

TEST_CASE("what comes before any peer is known waits for one", "[relay]") {
    asio::io_context io;
    scripted_server server(io, peer());
    relaying with(io, to({server.port()}));
    with.names["127.0.0.1"] = {{{}, "unknown"}, {{"127.0.0.1"}, ""}};
    with.pass_on("early", {.webhook = true});
    with.room->start();
    run_until(io, [&] { return with.room->count().all.sent == 1; });
    CHECK(posted(server) == texts{"early"});
    with.stop();
}

TEST_CASE("who is told to stop begins nothing any more", "[relay]") {
    asio::io_context io;
    scripted_server hanging(io, [](heard_request const&) {
        return scripted_reply{"", scripted_reply::then::stall};
    });
    relaying with(io, to({hanging.port()}));
    name_addresses(with);
    with.room->start();
    run_until(io, [&] { return with.room->count().peers == 1; });
    with.pass_on("queued", {.webhook = true});
    with.stop(50ms);
    CHECK_FALSE(with.begun);
}

TEST_CASE("a peer that hangs holds up no other, and its queue is bounded", "[relay]") {
    asio::io_context io;
    scripted_server hanging(io, [](heard_request const&) {
        return scripted_reply{"", scripted_reply::then::stall};
    });
    scripted_server good(io, peer());
    auto chosen = to({hanging.port(), good.port()});
    chosen.limits = {.bodies = 4, .bytes = 1000};
    relaying with(io, chosen);
    name_addresses(with);
    with.room->start();
    run_until(io, [&] { return with.begun; });
    for (int i = 0; i < 20; ++i) {
        with.pass_on(std::to_string(i), {.webhook = true});
        auto const sent = static_cast<std::size_t>(i) + 1;
        run_until(io, [&] { return posted(good).size() == sent; });
    }
    CHECK(with.room->count().bodies <= 5);
    CHECK(with.room->count().all.dropped >= 15);
    run_until(io, [&] { return with.room->count().all.failed >= 2; }); // the same one again
    with.stop();
}

TEST_CASE("peers come and go with the addresses of their name", "[relay]") {
    asio::io_context io;
    scripted_server here(io, peer());
    scripted_server there(io, peer(), std::nullopt, "127.0.0.2");
    options chosen;
    chosen.peers = {{"tasks.a", here.port(), false}, {"tasks.b", there.port(), false}};
    relaying with(io, chosen);
    with.names["tasks.a"] = {{{"127.0.0.1"}, ""}};
    with.room->start();
    run_until(io, [&] { return with.begun && with.room->count().peers == 1; });
    with.names["tasks.b"] = {{{"127.0.0.2"}, ""}};
    run_until(io, [&] { return with.room->count().peers == 2; });
    with.pass_on("1");
    run_until(io, [&] { return posted(here).size() == 1 && posted(there).size() == 1; });
    with.names["tasks.a"].clear(); // unknown, and nothing is kept here
    run_until(io, [&] { return with.room->count().peers == 1; });
    with.pass_on("2");
    run_until(io, [&] { return posted(there).size() == 2; });
    CHECK(posted(here).size() == 1);
    with.stop();
}

TEST_CASE("peers are asked until one has answered, all of them at once", "[relay]") {
    asio::io_context io;
    int asked = 0;
    scripted_server slow(io, [](heard_request const&) {
        return scripted_reply{"", scripted_reply::then::stall};
    });
    scripted_server late(io, [&](heard_request const&) {
        return ++asked < 3 ? answer_with(503, "")
                           : answer_with(
                                 200, R"([{"labels":{"a":"b"},"stretches":[
            {"source":"api","startsAt":"2027-01-15T08:00:00Z","endsAt":"2099-01-01T00:00:00Z","resolved":false,"ageMs":1}]}])"
                             );
    });
    relaying with(io, to({slow.port(), late.port()}));
    name_addresses(with);
    with.room->start();
    run_until(io, [&] { return with.begun; });
    CHECK(with.lists == 1);
    CHECK(with.heard == 1);
    CHECK(late.requests().back().target == "/scaler/api/v2/alerts?active=true&silenced=true&inhibited=true");
    auto const before = asked;
    with.pass_on("1");
    run_until(io, [&] { return posted(late).size() == 1; });
    CHECK(asked == before + 1); // that was the body: nobody is asked any more
    with.stop();
}

TEST_CASE("where nobody answers, it begins without them", "[relay]") {
    asio::io_context io;
    options chosen;
    chosen.peers = {{"tasks.nowhere", 9093, false}};
    chosen.timing.start_patience = 20ms;
    relayer_events told;
    bool begun = false;
    told.begun = [&] { begun = true; };
    std::map<std::string, std::deque<looked_up>> none;
    relayer room(io.get_executor(), chosen, std::make_unique<scripted_names>(none), std::move(told));
    room.start();
    run_until(io, [&] { return begun; });
    bool done = false;
    asio::co_spawn(io, room.stop(0ms), [&](std::exception_ptr const&) { done = true; });
    run_until(io, [&] { return done; });
}

TEST_CASE("at the end what is queued goes out, as long as there is time", "[relay]") {
    asio::io_context io;
    scripted_server good(io, peer());
    scripted_server hanging(io, [](heard_request const& asked) {
        return asked.method == "GET" ? answer_with(200, "[]")
                                     : scripted_reply{"", scripted_reply::then::stall};
    });
    relaying with(io, to({good.port(), hanging.port()}));
    name_addresses(with);
    with.room->start();
    run_until(io, [&] { return with.begun; });
    for (int i = 0; i < 5; ++i)
        with.pass_on(std::to_string(i));
    with.stop(100ms);
    CHECK(posted(good).size() == 5);
    CHECK(with.room->count().all.dropped == 5);
    with.pass_on("too late");
    CHECK(with.room->count().bodies == 0);
}

TEST_CASE("the system looks up names, and a lookup ends when it is told to", "[relay]") {
    asio::io_context io;
    auto const names = make_system_lookup(io.get_executor());
    CHECK(run(io, names->find("127.0.0.1", 1s)).addresses == texts{"127.0.0.1"});
    CHECK(run(io, names->find("::1", 1s)).addresses == texts{"::1"});
    auto const local = run(io, names->find("localhost", 10s));
    CHECK(local.error == "");
    CHECK_FALSE(local.addresses.empty());
    names->stop();
    CHECK_FALSE(run(io, names->find("nothing.invalid", 10s)).error.empty());
}
