#include "support/catch.hpp"
#include "unit/server/http_support.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <future>

using namespace autoscaler::server;
using namespace autoscaler::test;
using namespace std::chrono_literals;

namespace {

// A handler that says when it begins, and ends when it is told.
struct gate {
    std::promise<void> entered;
    boost::asio::steady_timer* timer = nullptr;

    boost::asio::awaitable<http::response> pass() {
        boost::asio::steady_timer wait(co_await boost::asio::this_coro::executor, 10s);
        timer = &wait;
        entered.set_value();
        boost::system::error_code ec;
        co_await wait.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, ec));
        co_return http::text(200, "done");
    }
};

http::router routes(gate& held) {
    http::router made;
    made.add("GET", "/page", [](http::request const&) { return http::text(200, "page"); });
    made.add_async("GET", "/held", [&held](http::request const&) { return held.pass(); });
    made.add("GET", "/release", [&held](http::request const&) {
        held.timer->cancel();
        return http::text(200, "released");
    });
    return made;
}

std::string get(std::string const& path) {
    return "GET " + path + " HTTP/1.1\r\nHost: t\r\n\r\n";
}

} // namespace

TEST_CASE("a stop closes idle connections at once") {
    gate held;
    running_server server(routes(held), {});
    raw_client fresh(server.port());
    raw_client idle(server.port());
    idle.send(get("/page"));
    CHECK(idle.read_answer().status == 200);
    while (server.connections() != 2) {
    }
    server.begin_stop(10s);
    server.wait_stopped();
    CHECK(fresh.closed());
    CHECK(idle.closed());
    CHECK_THROWS(raw_client(server.port()));
}

TEST_CASE("a stop lets a request in flight finish, answers it and closes") {
    gate held;
    running_server server(routes(held), {});
    raw_client half(server.port());
    half.send("GET /page HTTP/1.1\r\nHost: ");
    raw_client releasing(server.port());
    releasing.send("GET /release HTTP/1.1\r\nHost: ");
    raw_client waiting(server.port());
    waiting.send(get("/held"));
    held.entered.get_future().wait();
    while (server.connections() != 3) {
    }
    server.begin_stop(10s);

    half.send("t\r\n\r\n");
    auto const page = half.read_answer();
    CHECK(page.status == 200);
    CHECK(page.field("Connection") == "close");
    CHECK(half.closed());
    releasing.send("t\r\n\r\n");
    CHECK(releasing.read_answer().body == "released");
    auto const answer = waiting.read_answer();
    CHECK(answer.body == "done");
    CHECK(answer.field("Connection") == "close");
    CHECK(waiting.closed());
    server.wait_stopped();
}

TEST_CASE("a stop cuts off what is left at its deadline") {
    gate held;
    running_server server(routes(held), {});
    raw_client half(server.port());
    half.send("GET /page HTTP/1.1\r\nHost: ");
    while (server.connections() != 1) {
    }
    server.begin_stop(50ms);
    server.wait_stopped();
    CHECK(half.read_answer().status == 0);
    CHECK(half.closed());
}

TEST_CASE("a server that goes away with its io_context leaves nothing behind") {
    // The sanitizers watch: sockets, timers and coroutine frames of connections in every phase.
    gate held;
    auto io = std::make_unique<boost::asio::io_context>();
    auto server = std::make_unique<http::server>(*io, routes(held));
    REQUIRE(server->listen("127.0.0.1:0").empty());
    raw_client idle(server->ports().front());
    raw_client half(server->ports().front());
    half.send("GET /page HTTP/1.1\r\nHost: ");
    raw_client waiting(server->ports().front());
    waiting.send(get("/held"));
    auto entered = held.entered.get_future();
    while (server->connections() != 3 || entered.wait_for(0s) != std::future_status::ready)
        io->run_one();
    server.reset();
    io.reset();
    CHECK(idle.closed());
}
