#include "support/catch.hpp"
#include "unit/server/http_support.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <atomic>

using namespace autoscaler::server;
using namespace autoscaler::test;
using namespace std::chrono_literals;

namespace {

http::response echo(http::request const& asked) {
    return http::text(200, std::string(asked.path) + "|" + std::string(asked.body));
}

// Answers after others had their turn, from views that must still be good.
boost::asio::awaitable<http::response> echo_later(http::request const& asked) {
    for (int i = 0; i < 3; ++i)
        co_await boost::asio::post(co_await boost::asio::this_coro::executor, boost::asio::use_awaitable);
    co_return http::text(200, std::string(asked.header("x")) + "|" + std::string(asked.body));
}

http::response fail(http::request const&) {
    throw std::runtime_error("out of paper");
}

http::router echo_routes() {
    http::router routes;
    routes.add("POST", "/echo", echo);
    routes.add("GET", "/page", [](http::request const&) { return http::text(200, "page"); });
    routes.add("GET", "/big", [](http::request const&) {
        return http::text(200, std::string(8 << 20, 'b'));
    });
    routes.add("GET", "/fail", fail);
    routes.add_async("POST", "/later", echo_later);
    return routes;
}

struct fixture {
    explicit fixture(http::limits const& limit = {}) : server(echo_routes(), options(limit)) {}

    http::options options(http::limits const& limit) {
        http::options chosen;
        chosen.limit = limit;
        chosen.on_answer = [this](std::string_view, unsigned) { ++answers; };
        return chosen;
    }

    std::atomic<int> answers = 0;
    running_server server;
};

http::limits short_times() {
    http::limits limit;
    limit.time_to_head = limit.time_to_body = limit.idle = limit.time_to_answer = 100ms;
    return limit;
}

struct impatient : fixture {
    impatient() : fixture(short_times()) {}
};

std::string later_request(std::string const& x, std::string const& body) {
    return "POST /later HTTP/1.1\r\nHost: t\r\nx: " + x +
           "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

} // namespace

TEST_CASE_METHOD(fixture, "one connection serves many requests") {
    raw_client client(server.port());
    for (int i = 0; i < 100; ++i) {
        std::string const body = std::to_string(i);
        REQUIRE(client.send(post_request("/echo", body)));
        auto const answer = client.read_answer();
        CHECK(answer.status == 200);
        CHECK(answer.body == "/echo|" + body);
        CHECK(answer.field("Connection").empty());
        CHECK(answer.field("Date").ends_with(" GMT"));
    }
    CHECK(server.connections() == 1);
}

TEST_CASE_METHOD(fixture, "pipelined requests are answered in their order, whatever answers them") {
    raw_client client(server.port());
    std::string all;
    for (int i = 0; i < 300; ++i) {
        std::string const body(static_cast<std::size_t>(i), 'x');
        all += i % 10 == 7 ? later_request(std::to_string(i), body) : post_request("/echo", body);
    }
    REQUIRE(client.send(all));
    for (int i = 0; i < 300; ++i) {
        std::string const body(static_cast<std::size_t>(i), 'x');
        REQUIRE(client.read_answer().body == (i % 10 == 7 ? std::to_string(i) : "/echo") + "|" + body);
    }
}

TEST_CASE_METHOD(fixture, "requests of many connections that arrive in small pieces do not mix") {
    std::vector<std::unique_ptr<raw_client>> clients;
    std::vector<std::string> requests;
    for (std::size_t i = 0; i < 20; ++i) {
        clients.push_back(std::make_unique<raw_client>(server.port()));
        std::string const body(1000 + i, static_cast<char>('a' + i));
        requests.push_back(i % 2 == 0 ? post_request("/echo", body) : later_request("l", body));
    }
    for (std::size_t at = 0; at < 1300; at += 13)
        for (std::size_t i = 0; i < clients.size(); ++i)
            if (at < requests[i].size())
                REQUIRE(clients[i]->send(std::string_view(requests[i]).substr(at, 13)));
    for (std::size_t i = 0; i < clients.size(); ++i) {
        std::string const body(1000 + i, static_cast<char>('a' + i));
        CHECK(clients[i]->read_answer().body == (i % 2 == 0 ? "/echo|" : "l|") + body);
    }
}

TEST_CASE_METHOD(fixture, "a body larger than the receive buffer arrives whole") {
    std::string body(5 << 20, 'y');
    body += "end";
    auto const answer = ask(server.port(), post_request("/echo", body));
    CHECK(answer.status == 200);
    CHECK(answer.body == "/echo|" + body);
}

TEST_CASE_METHOD(fixture, "a large answer waits for a client that reads late") {
    raw_client client(server.port());
    client.send("GET /big HTTP/1.1\r\nHost: t\r\n\r\nGET /page HTTP/1.1\r\nHost: t\r\n\r\n");
    CHECK(ask(server.port(), post_request("/echo", "meanwhile")).status == 200);
    CHECK(client.read_answer().body.size() == 8 << 20);
    CHECK(client.read_answer().body == "page");
}

TEST_CASE_METHOD(fixture, "HEAD has the fields of GET and no body") {
    raw_client client(server.port());
    client.send("HEAD /page HTTP/1.1\r\nHost: t\r\n\r\n");
    auto const answer = client.read_answer(true);
    CHECK(answer.status == 200);
    CHECK(answer.field("Content-Length") == "4");
    client.send("GET /page HTTP/1.1\r\nHost: t\r\n\r\n");
    CHECK(client.read_answer().body == "page");
}

TEST_CASE_METHOD(fixture, "HTTP/1.0 is answered and closed, or kept open when it asks") {
    raw_client closing(server.port());
    closing.send("GET /page HTTP/1.0\r\n\r\n");
    CHECK(closing.read_answer().field("Connection") == "close");
    CHECK(closing.closed());
    raw_client staying(server.port());
    for (int i = 0; i < 2; ++i) {
        staying.send("GET /page HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
        CHECK(staying.read_answer().field("Connection") == "keep-alive");
    }
}

TEST_CASE_METHOD(fixture, "a client that has ended its side still gets its answer") {
    raw_client client(server.port());
    client.send(post_request("/echo", "last"));
    client.end_sending();
    CHECK(client.read_answer().body == "/echo|last");
    CHECK(client.closed());
}

TEST_CASE_METHOD(fixture, "a body that never comes whole is refused when the client ends") {
    raw_client client(server.port());
    client.send("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 10\r\n\r\nhalf");
    client.end_sending();
    auto const answer = client.read_answer();
    CHECK(answer.status == 400);
    CHECK(answer.body == "400 Bad Request: the connection ended before the body did");
    CHECK(client.closed());
}

TEST_CASE_METHOD(
    fixture, "a request that is too large is refused in a readable way, though the client sends on"
) {
    raw_client client(server.port());
    client.send("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 100000000\r\n\r\n");
    client.send(std::string(3 << 20, 'x'));
    auto const answer = client.read_answer();
    CHECK(answer.status == 413);
    CHECK(answer.body == "413 Request Entity Too Large: the body exceeds the limit of 67108864 bytes");
    CHECK(answer.field("Connection") == "close");

    raw_client waiting(server.port());
    waiting.send("POST /echo HTTP/1.1\r\nHost: t\r\nExpect: 100-continue\r\nContent-Length: 100000000\r\n\r\n"
    );
    CHECK(waiting.read_head().starts_with("HTTP/1.1 413 ")); // no 100 before it
}

TEST_CASE_METHOD(fixture, "a request after a refused one is not looked at") {
    raw_client client(server.port());
    client.send("hello world\r\n\r\n" + post_request("/echo", "smuggled"));
    CHECK(client.read_answer().status == 400);
    client.end_sending();
    CHECK(client.closed());
    CHECK(answers == 1);
}

TEST_CASE_METHOD(fixture, "a handler that throws costs its request only") {
    raw_client client(server.port());
    client.send("GET /fail HTTP/1.1\r\nHost: t\r\n\r\n");
    CHECK(client.read_answer().status == 500);
    client.send("GET /page HTTP/1.1\r\nHost: t\r\n\r\n");
    CHECK(client.read_answer().status == 200);
}

TEST_CASE_METHOD(impatient, "a client that trickles its head is cut off in time, however often it sends") {
    raw_client client(server.port());
    client.send("GET /page HTTP/1.1\r\nHost: ");
    std::size_t sent = 0;
    while (client.send("x") && sent < 100'000) // ends with the server's close
        ++sent;
    auto const answer = client.read_answer();
    CHECK((answer.status == 408 || answer.status == 0)); // the answer is lost where a late byte met the close
    CHECK(server.connections() == 0);
}

TEST_CASE_METHOD(impatient, "a client that stalls its body is told 408 and closed") {
    raw_client client(server.port());
    client.send("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 10\r\n\r\nhalf");
    CHECK(client.read_answer().status == 408);
    CHECK(client.closed());
}

TEST_CASE_METHOD(impatient, "a connection without a request is closed without a word") {
    raw_client silent(server.port());
    CHECK(silent.closed());
    raw_client idle(server.port());
    idle.send("GET /page HTTP/1.1\r\nHost: t\r\n\r\n");
    CHECK(idle.read_answer().status == 200);
    CHECK(idle.closed());
}

TEST_CASE("every request winds the idle time up again") {
    http::limits limit;
    limit.idle = 1s;
    fixture busy(limit);
    raw_client client(busy.server.port());
    auto const begin = std::chrono::steady_clock::now();
    while (std::chrono::steady_clock::now() - begin < 2s) {
        REQUIRE(client.send(post_request("/echo", "alive")));
        REQUIRE(client.read_answer().status == 200);
    }
}

TEST_CASE_METHOD(impatient, "a client that never reads its answer is cut off") {
    raw_client client(server.port());
    std::string requests;
    for (int i = 0; i < 4; ++i)
        requests += "GET /big HTTP/1.1\r\nHost: t\r\n\r\n";
    client.send(requests);
    while (server.connections() != 0)
        ask(server.port(), post_request("/echo", "meanwhile"));
    CHECK(client.read_answer().body.size() < std::size_t{4} << 23U);
}

TEST_CASE("a connection above the limit is told 503, and one that leaves makes room") {
    http::limits limit;
    limit.connections = 1;
    fixture one(limit);
    {
        raw_client first(one.server.port());
        first.send(post_request("/echo", "1"));
        CHECK(first.read_answer().status == 200);
        raw_client second(one.server.port());
        auto const answer = second.read_answer();
        CHECK(answer.status == 503);
        CHECK(answer.body == "503 Service Unavailable: too many open connections");
        CHECK(second.closed());
    }
    while (one.server.connections() != 0) {
    }
    CHECK(ask(one.server.port(), post_request("/echo", "2")).status == 200);
}

TEST_CASE("an address that cannot be listened on is named with the reason") {
    boost::asio::io_context io;
    http::server server(io, http::router());
    for (std::string const address : {"9093", "host:", ":x", ":70000", "::1:9093"})
        CHECK(
            server.listen(address) == "cannot listen on \"" + address +
                                          "\": expected HOST:PORT, :PORT or [IPv6]:PORT, such as \":9093\""
        );
    CHECK(server.listen("127.0.0.1:0").empty());
    std::string const taken = "127.0.0.1:" + std::to_string(server.ports().front());
    CHECK(server.listen(taken) == "cannot listen on \"" + taken + "\": Address already in use");
    CHECK(server.listen(":0").empty());
    CHECK(server.ports().size() == 2);
}
