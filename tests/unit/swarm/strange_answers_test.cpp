// Answers in other forms than the usual one, and from others than an engine.
#include "recorded.hpp"
#include "result_text.hpp"
#include "scripted_engine.hpp"
#include "support/catch.hpp"
#include "swarm_client/engine_client.hpp"

#include <cstdio>
#include <string>

using namespace autoscaler::swarm;
using namespace autoscaler::swarm::test;
namespace asio = boost::asio;

namespace {

error failure_of(asio::io_context& context, endpoint const& where, limits const& bounds = impatient()) {
    engine_client client(context.get_executor(), {where}, bounds);
    auto const found = run(context, client.inspect("web"));
    REQUIRE_FALSE(found);
    CHECK(found.error().operation == "inspect \"web\"");
    CHECK(found.error().endpoint == to_string(where));
    CHECK_FALSE(found.error().maybe_applied);
    return found.error();
}

} // namespace

TEST_CASE("chunked answers are read whole", "[fault]") {
    asio::io_context context;
    std::string const body = recorded("20.10/service_every_option.json");
    std::string wire = "HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (std::size_t at = 0; at < body.size(); at += 1000) {
        std::string const piece = body.substr(at, 1000);
        char size[16];
        REQUIRE(std::snprintf(size, sizeof size, "%zx", piece.size()) > 0);
        wire += std::string(size) + "\r\n" + piece + "\r\n";
    }
    wire += "0\r\n\r\n";
    scripted_engine engine(context, [&](heard_request const&) { return reply{wire}; });
    engine_client client(context.get_executor(), {engine.where()});
    auto const found = run(context, client.inspect("full"));
    REQUIRE(found);
    CHECK(found->version == 1761);
    CHECK(run(context, client.inspect("full")));
    CHECK(engine.connections() == 1);
}

TEST_CASE("garbage instead of an answer is a fault of the protocol", "[fault]") {
    asio::io_context context;
    std::string const wire = GENERATE(
        std::string("SSH-2.0-OpenSSH_9.2p1\r\n\r\n"),
        std::string("HTTP/1.1 200 OK\r\nContent-Length: banana\r\n\r\n"),
        std::string("HTTP/1.1 200 OK\r\n\x01: x\r\n\r\n"),
        answer_with(200, "hello").bytes,
        answer_with(301, "").bytes,
        "HTTP/1.1 200 OK\r\nX: " + std::string(100000, 'x') + "\r\n\r\n"
    );
    scripted_engine engine(context, [&](heard_request const&) { return reply{wire, reply::then::close}; });
    auto const failure = failure_of(context, engine.where(), {});
    CHECK(to_string(failure.kind) == "protocol");
}

TEST_CASE("a stranger at the address is no engine", "[fault]") {
    asio::io_context context;
    scripted_engine engine(context, [](heard_request const&) { return answer_with(200, "[]"); });
    reply const strange = GENERATE(
        reply{"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK"},
        answer_with(200, "OK", "1.41/../.."),
        answer_with(200, "OK", ""),
        answer_with(200, "OK", "banana"),
        answer_with(200, "OK", "1.99999")
    );
    engine.on_ping([&](heard_request const&) { return strange; });
    auto const failure = failure_of(context, engine.where(), {});
    CHECK(failure.kind == error_kind::protocol);
    CHECK(failure.message == "the answer to /_ping has no Api-Version");
    CHECK(engine.requests().empty());
}

TEST_CASE("plain HTTP to a port with TLS is told in the engine's words", "[fault]") {
    asio::io_context context;
    scripted_engine engine(context, [](heard_request const&) { return reply{}; });
    engine.on_ping([](heard_request const&) {
        return reply{
            "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n",
            reply::then::close
        };
    });
    auto const failure = failure_of(context, engine.where(), {});
    CHECK(to_string(failure.kind) == "tls_mismatch");
    CHECK(describe(failure).find("set $DOCKER_TLS_VERIFY") != std::string::npos);
    CHECK(failure.message == "Client sent an HTTP request to an HTTPS server.");
}

TEST_CASE("an answer larger than the limit is refused, announced or not", "[fault]") {
    asio::io_context context;
    limits bounds;
    bounds.answer_bytes = 1000;
    std::string const wire = GENERATE(
        std::string("HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n"),
        "HTTP/1.1 200 OK\r\n\r\n" + std::string(2000, ' '),
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7d0\r\n" + std::string(2000, ' ') +
            "\r\n0\r\n\r\n"
    );
    scripted_engine engine(context, [&](heard_request const&) { return reply{wire, reply::then::close}; });
    auto const failure = failure_of(context, engine.where(), bounds);
    CHECK(failure.kind == error_kind::protocol);
    CHECK(failure.message == "body limit exceeded");
}
