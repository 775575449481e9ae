// The outgoing client over plain HTTP: what goes over the wire, and every way in which a server can fail.
#include "server/http_client/client.hpp"
#include "support/scripted_server.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

using namespace autoscaler;
using namespace autoscaler::test;
using namespace autoscaler::server::http_client;
namespace asio = boost::asio;
using outcome = result<response>;

namespace {

// A label of a name has at most 63 characters, so that no name server has to be asked.
std::string const no_such_host = std::string(64, 'x') + ".invalid";

request get(std::string url) {
    request made;
    made.url = std::move(url);
    return made;
}

scripted_server::script
says(std::string const& bytes, scripted_reply::then then = scripted_reply::then::keep) {
    return [bytes, then](heard_request const&) { return scripted_reply{bytes, then}; };
}

// The error of one GET.
error failure_of(asio::io_context& io, scripted_server const& server, std::chrono::milliseconds timeout) {
    client asks(io.get_executor());
    auto what = get(server.url() + "/path?query=secret");
    what.timeout = timeout;
    auto const said = run(io, asks.send(what, {}));
    REQUIRE_FALSE(said);
    CHECK(said.error().url == server.url() + "/path");
    return said.error();
}

error failure_of(std::string const& bytes, scripted_reply::then then = scripted_reply::then::close) {
    asio::io_context io;
    scripted_server server(io, says(bytes, then));
    return failure_of(io, server, std::chrono::seconds(20));
}

error timeout_of(std::string const& bytes) {
    asio::io_context io;
    scripted_server server(io, says(bytes, scripted_reply::then::stall));
    return failure_of(io, server, std::chrono::milliseconds(500));
}

} // namespace

TEST_CASE("a request goes over the wire as it is given", "[http_client]") {
    asio::io_context io;
    scripted_server server(io, says("HTTP/1.1 201 Created\r\nX-A: b\r\nContent-Length: 2\r\n\r\nhi"));
    client asks(io.get_executor());
    request what = get(server.url() + "/a%20b?c=d");
    what.method = "POST";
    what.headers = {{"Content-Type", "application/json"}};
    what.body = "{}";
    auto const said = run(io, asks.send(what, {}));
    REQUIRE(said);
    CHECK(said->status == 201);
    CHECK(said->header("x-a") == "b");
    CHECK(said->body == "hi");
    auto const& heard = server.requests().at(0);
    CHECK(heard.method == "POST");
    CHECK(heard.target == "/a%20b?c=d");
    CHECK(heard.body == "{}");
    CHECK(heard.header("Content-Type") == "application/json");
    CHECK("http://" + heard.header("Host") == server.url());
    CHECK(heard.header("User-Agent") == "swarm-autoscaler");
}

TEST_CASE("requests one after the other share one connection", "[http_client]") {
    asio::io_context io;
    scripted_server server(
        io, says("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n")
    );
    client asks(io.get_executor());
    for (int i = 0; i < 3; ++i)
        CHECK(run(io, asks.send(get(server.url()), {}))->body == "hi");
    CHECK(server.connections() == 1);
}

TEST_CASE("connections are kept for a while only, and not too many", "[http_client]") {
    asio::io_context io;
    scripted_server server(io, says("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
    limits bounds;
    if (GENERATE(true, false))
        bounds.idle = 0;
    else
        bounds.idle_time = std::chrono::milliseconds(-1);
    client asks(io.get_executor(), bounds);
    CHECK(run(io, asks.send(get(server.url()), {})));
    CHECK(run(io, asks.send(get(server.url()), {})));
    CHECK(server.connections() == 2);
}

TEST_CASE("a kept connection that the server has closed is not used again", "[http_client]") {
    asio::io_context io;
    scripted_server server(io, says("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
    client asks(io.get_executor());
    CHECK(run(io, asks.send(get(server.url()), {})));
    server.drop_connections();
    request post = get(server.url());
    post.method = "POST";
    CHECK(run(io, asks.send(post, {})));
    CHECK(server.connections() == 2);
}

TEST_CASE("what a dying kept connection swallowed is sent again if it may be", "[http_client]") {
    asio::io_context io;
    scripted_server server(io, [](heard_request const& what) {
        // The second request of a connection meets its end.
        static std::size_t last = 0;
        bool const again = std::exchange(last, what.connection) == what.connection;
        return again ? scripted_reply{"", scripted_reply::then::close} : answer_with(200, "");
    });
    client asks(io.get_executor());
    CHECK(run(io, asks.send(get(server.url()), {})));
    SECTION("a GET") {
        CHECK(run(io, asks.send(get(server.url()), {})));
        CHECK(server.requests().size() == 3);
    }
    SECTION("a POST that is repeatable") {
        request post = get(server.url());
        post.method = "POST";
        post.repeatable = true;
        CHECK(run(io, asks.send(post, {})));
        CHECK(server.requests().size() == 3);
    }
    SECTION("not any other POST") {
        request post = get(server.url());
        post.method = "POST";
        auto const said = run(io, asks.send(post, {}));
        REQUIRE_FALSE(said);
        CHECK(said.error().kind == error_kind::connection_lost);
        CHECK(server.requests().size() == 2);
    }
}

TEST_CASE("a fresh connection that dies is not tried again", "[http_client]") {
    asio::io_context io;
    scripted_server server(io, says("", scripted_reply::then::close));
    client asks(io.get_executor());
    auto const said = run(io, asks.send(get(server.url()), {}));
    REQUIRE_FALSE(said);
    CHECK(describe(said.error()) == server.url() + ": the server closed the connection without an answer");
    CHECK(server.requests().size() == 1);
}

TEST_CASE("answers without a length and interim answers are read", "[http_client]") {
    asio::io_context io;
    scripted_server server(
        io,
        says(
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nLink: x\r\n\r\nHTTP/1.0 200 OK\r\n\r\nall",
            scripted_reply::then::close
        )
    );
    client asks(io.get_executor());
    auto const said = run(io, asks.send(get(server.url()), {}));
    REQUIRE(said);
    CHECK(said->status == 200);
    CHECK(said->body == "all");
}

TEST_CASE("the answer to HEAD has no body", "[http_client]") {
    asio::io_context io;
    scripted_server server(io, says("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"));
    client asks(io.get_executor());
    request head = get(server.url());
    head.method = "HEAD";
    CHECK(run(io, asks.send(head, {}))->body.empty());
}

TEST_CASE("a server that takes too long is a timeout, wherever it stops", "[http_client]") {
    std::string const part = GENERATE(
        as<std::string>{},
        "",
        "HTTP/1.1 200 OK\r\nContent-Le",
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhi",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhe",
        "HTTP/1.1 200 OK\r\n\r\nwithout length"
    );
    auto const late = timeout_of(part);
    CHECK(late.kind == error_kind::timeout);
    CHECK(
        late.message ==
        (part.empty() ? "no answer in time (500 ms)" : "the answer did not end in time (500 ms)")
    );
}

TEST_CASE("a server that closes early has lost the connection", "[http_client]") {
    std::string const part = GENERATE(
        as<std::string>{},
        "HTTP/1.1 200 OK\r\nContent-Le",
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhi",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhe"
    );
    auto const cut = failure_of(part);
    CHECK(cut.kind == error_kind::connection_lost);
    CHECK(cut.message == "the server closed the connection in the middle of its answer");
}

TEST_CASE("what is not HTTP is said to be malformed", "[http_client]") {
    std::string const bytes = GENERATE(
        as<std::string>{},
        "SSH-2.0-OpenSSH_9.2\r\n",
        "HTTP/1.1 abc OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxy",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhi\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi there\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\n\r\n"
    );
    INFO(bytes);
    CHECK(failure_of(bytes).kind == error_kind::malformed);
}

TEST_CASE("an endless row of interim answers ends", "[http_client]") {
    std::string bytes;
    for (int i = 0; i < 100; ++i)
        bytes += "HTTP/1.1 100 Continue\r\n\r\n";
    CHECK(failure_of(bytes).kind == error_kind::malformed);
}

TEST_CASE("answers above the limits are refused", "[http_client]") {
    auto const body =
        failure_of("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", scripted_reply::then::stall);
    CHECK(body.kind == error_kind::too_large);
    CHECK(body.message == "the answer's body is larger than 16777216 bytes");

    auto const head =
        failure_of("HTTP/1.1 200 OK\r\nX: " + std::string(100'000, 'x'), scripted_reply::then::stall);
    CHECK(head.kind == error_kind::too_large);

    auto const line = failure_of(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;" + std::string(400'000, 'x'),
        scripted_reply::then::stall
    );
    CHECK((line.kind == error_kind::too_large || line.kind == error_kind::malformed));

    std::string chunks = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (int i = 0; i < 17; ++i)
        chunks += "100000\r\n" + std::string(0x100000, 'x') + "\r\n";
    CHECK(failure_of(chunks).kind == error_kind::too_large);
}

TEST_CASE("a compressed answer is refused in words", "[http_client]") {
    auto const encoded =
        failure_of("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx");
    CHECK(encoded.kind == error_kind::malformed);
    CHECK(encoded.message == "the answer's body is compressed, which was not asked for");
}

TEST_CASE("nobody there is told apart from no such host", "[http_client]") {
    asio::io_context io;
    client asks(io.get_executor());
    std::string gone;
    {
        scripted_server const server(io, says(""));
        gone = server.url();
    }
    auto const refused = run(io, asks.send(get(gone), {}));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind == error_kind::unreachable);
    CHECK(describe(refused.error()) == gone + ": Connection refused");

    auto const unknown = run(io, asks.send(get("http://" + no_such_host + "/x"), {}));
    REQUIRE_FALSE(unknown);
    CHECK(unknown.error().kind == error_kind::unknown_host);
    CHECK(describe(unknown.error())
              .starts_with("http://" + no_such_host + "/x: no address for \"" + no_such_host));
}

TEST_CASE("names and IPv6 addresses are connected to", "[http_client]") {
    asio::io_context io;
    client asks(io.get_executor());
    scripted_server v4(io, says("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
    CHECK(run(io, asks.send(get(v4.url("LOCALHOST")), {})));
    CHECK(v4.requests().at(0).header("Host") == "localhost:" + std::to_string(v4.port()));
    scripted_server v6(io, says("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), std::nullopt, "::1");
    CHECK(run(io, asks.send(get(v6.url("[::1]")), {})));
    CHECK(v6.requests().at(0).header("Host") == "[::1]:" + std::to_string(v6.port()));
}

TEST_CASE("what cannot be sent is refused before anything is sent", "[http_client]") {
    asio::io_context io;
    scripted_server server(io, says(""));
    client asks(io.get_executor());
    policy::http_config how;
    request what = get(server.url());
    SECTION("a line break in a header's value") {
        what.headers = {{"X-A", "b\r\nX-Evil: c"}};
    }
    SECTION("a header's name that is none") {
        how.headers = {{"X A", "b"}};
    }
    SECTION("a header that frames the message") {
        how.headers = {{"content-length", "5"}};
    }
    SECTION("a method that is none") {
        what.method = "GET / HTTP/1.1\r\nX";
    }
    SECTION("a url with a line break") {
        what.url += "/a\r\nb";
    }
    auto const said = run(io, asks.send(what, how));
    REQUIRE_FALSE(said);
    CHECK(said.error().kind == error_kind::invalid);
    CHECK(server.connections() == 0);
}

TEST_CASE("a stopped client ends what is under way and takes nothing more", "[http_client]") {
    asio::io_context io;
    scripted_server server(io, says("", scripted_reply::then::stall));
    client asks(io.get_executor());
    int done = 0;
    auto const ended = [&](std::exception_ptr failure, outcome const& said) {
        CHECK_FALSE(failure);
        REQUIRE_FALSE(said);
        CHECK(said.error().kind == error_kind::cancelled);
        ++done;
    };
    for (int i = 0; i < 3; ++i)
        asio::co_spawn(io, asks.send(get(server.url()), {}), ended);
    run_until(io, [&] { return server.requests().size() == 3; });
    asio::co_spawn(io, asks.send(get("http://" + no_such_host), {}), ended); // its lookup is under way
    io.poll_one();
    asks.stop();
    run_until(io, [&] { return done == 4; });
    asio::co_spawn(io, asks.send(get(server.url()), {}), ended);
    run_until(io, [&] { return done == 5; });
    CHECK(server.connections() == 3);
}

TEST_CASE("one call is cancelled by its owner alone", "[http_client]") {
    asio::io_context io;
    scripted_server server(io, says("", scripted_reply::then::stall));
    client asks(io.get_executor());
    asio::cancellation_signal signal;
    bool ended = false;
    asio::co_spawn(
        io,
        asks.send(get(server.url()), {}),
        asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr, outcome const&) { ended = true; })
    );
    run_until(io, [&] { return server.requests().size() == 1; });
    signal.emit(asio::cancellation_type::terminal);
    run_until(io, [&] { return ended; });
    CHECK(ended);
}

TEST_CASE("a context that ends with calls under way leaks nothing", "[http_client]") {
    auto io = std::make_unique<asio::io_context>();
    auto server = std::make_unique<scripted_server>(*io, says("", scripted_reply::then::stall));
    auto asks = std::make_unique<client>(io->get_executor());
    int ended = 0;
    for (int i = 0; i < 3; ++i)
        asio::co_spawn(*io, asks->send(get(server->url()), {}), [&](std::exception_ptr, outcome const&) {
            ++ended;
        });
    run_until(*io, [&] { return server->requests().size() == 3; });
    server.reset();
    asks.reset();
    io.reset(); // the sanitizer watches
    CHECK(ended == 0);
}
