// The stream of events: a wake-up that may be silent for hours and must not hang anything.
#include "recorded.hpp"
#include "result_text.hpp"
#include "scripted_engine.hpp"
#include "support/catch.hpp"
#include "swarm_client/engine_client.hpp"

#include <cstdio>
#include <optional>

using namespace autoscaler::swarm;
using namespace autoscaler::swarm::test;
namespace asio = boost::asio;

namespace {

std::string chunked_head() {
    return "HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\nContent-Type: application/json\r\nTransfer-Encoding: "
           "chunked\r\n\r\n";
}

std::string chunk(std::string const& text) {
    char size[16];
    REQUIRE(std::snprintf(size, sizeof size, "%zx", text.size()) > 0);
    return std::string(size) + "\r\n" + text + "\r\n";
}

struct heard_events {
    int opened = 0;
    std::vector<swarm_event> events;

    event_handlers handlers() {
        return {[this] { ++opened; }, [this](swarm_event const& event) { events.push_back(event); }};
    }
};

} // namespace

TEST_CASE("events arrive one by one until the engine ends the stream", "[events]") {
    asio::io_context context;
    std::string const lines = recorded("20.10/events.ndjson");
    std::string wire = chunked_head();
    for (std::size_t at = 0; at < lines.size(); at += 700) // chunks end where they like
        wire += chunk(lines.substr(at, 700));
    scripted_engine engine(context, [&](heard_request const&) { return reply{wire, reply::then::close}; });
    engine_client client(context.get_executor(), {engine.where()});
    heard_events heard;
    auto const ended = run(context, client.events(heard.handlers()));
    CHECK(ended.kind == error_kind::connection_lost);
    CHECK(heard.opened == 1);
    REQUIRE(heard.events.size() == 32);
    CHECK(heard.events[0].name == "web");
    CHECK(heard.events[3].update == update_state::updating);
    CHECK(
        engine.requests().at(0).target ==
        "/v1.41/events?filters=%7B%22type%22%3A%5B%22service%22%2C%22node%22%2C%22config%22%5D%7D"
    );
}

TEST_CASE("a stream that ends in good order has ended all the same", "[events]") {
    asio::io_context context;
    scripted_engine engine(context, [](heard_request const&) { return reply{chunked_head() + "0\r\n\r\n"}; });
    engine_client client(context.get_executor(), {engine.where()});
    heard_events heard;
    CHECK(run(context, client.events(heard.handlers())).kind == error_kind::connection_lost);
    CHECK(heard.opened == 1);
}

TEST_CASE("a silent stream outlives every deadline and does not hang a stop", "[events]") {
    asio::io_context context;
    scripted_engine engine(context, [](heard_request const& what) {
        if (what.target.find("/events") != std::string::npos)
            return reply{chunked_head(), reply::then::stall};
        return reply{"", reply::then::stall};
    });
    engine_client client(context.get_executor(), {engine.where()}, impatient());
    heard_events heard;
    std::optional<error> ended;
    asio::co_spawn(context, client.events(heard.handlers()), [&](std::exception_ptr, error why) {
        ended = why;
    });
    run_until(context, [&] { return heard.opened == 1; });

    // Two requests run into their deadlines meanwhile, so more time than any limit has passed.
    CHECK(run(context, client.inspect("web")).error().kind == error_kind::timeout);
    CHECK(run(context, client.inspect("web")).error().kind == error_kind::timeout);
    CHECK_FALSE(ended);
    client.stop();
    run_until(context, [&] { return ended.has_value(); });
    CHECK(ended->kind == error_kind::cancelled);
}

TEST_CASE("an engine that never opens the stream is a timeout", "[events]") {
    asio::io_context context;
    scripted_engine engine(context, [](heard_request const&) { return reply{"", reply::then::stall}; });
    engine_client client(context.get_executor(), {engine.where()}, impatient());
    heard_events heard;
    CHECK(run(context, client.events(heard.handlers())).kind == error_kind::timeout);
    CHECK(heard.opened == 0);
}

TEST_CASE("a refused stream says why", "[events]") {
    asio::io_context context;
    scripted_engine engine(context, [](heard_request const&) {
        return reply{recorded_wire("20.10/err_bad_filter.http")};
    });
    engine_client client(context.get_executor(), {engine.where()});
    heard_events heard;
    auto const ended = run(context, client.events(heard.handlers()));
    CHECK(ended.kind == error_kind::rejected);
    CHECK(ended.message == "Invalid filter 'bogus'");
    CHECK(ended.operation == "events");
    CHECK(heard.opened == 0);
}

TEST_CASE("a stream of anything else than events ends as a fault of the protocol", "[events]") {
    asio::io_context context;
    std::string const strange = GENERATE(
        std::string("hello\n"), std::string("{\"Type\":\"service\"}\n"), std::string(2 * 1024 * 1024, 'x')
    );
    std::string const wire = chunked_head() + chunk(strange);
    scripted_engine engine(context, [&](heard_request const&) { return reply{wire, reply::then::stall}; });
    engine_client client(context.get_executor(), {engine.where()});
    heard_events heard;
    CHECK(run(context, client.events(heard.handlers())).kind == error_kind::protocol);
    CHECK(heard.events.empty());
}
