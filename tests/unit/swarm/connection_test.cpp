// Everything that can go wrong between the client and an engine, over real sockets.
#include "recorded.hpp"
#include "result_text.hpp"
#include "scripted_engine.hpp"
#include "support/catch.hpp"
#include "swarm_client/engine_client.hpp"
#include "swarm_client/spec_codec.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>

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

endpoint socket_at(std::string path) {
    return {endpoint::kind::unix_socket, std::move(path), "", 0};
}

// A service as inspect() gives it, without asking.
service inspected() {
    auto found = decode_service(recorded("20.10/service_new.json"));
    REQUIRE(found);
    found->api_version = "1.41";
    return *found;
}

// For root every socket is open, so a test of permissions is somebody else meanwhile.
class not_root {
public:
    not_root() : was_root_(::geteuid() == 0) {
        constexpr uid_t nobody = 65534;
        if (was_root_)
            REQUIRE(::seteuid(nobody) == 0);
    }

    ~not_root() {
        if (was_root_ && ::seteuid(0) != 0)
            std::abort();
    }

    not_root(not_root const&) = delete;
    not_root& operator=(not_root const&) = delete;
    not_root(not_root&&) = delete;
    not_root& operator=(not_root&&) = delete;

private:
    bool was_root_;
};

update_request const three{3, std::nullopt};

} // namespace

TEST_CASE("without a socket the engine is unreachable", "[fault]") {
    asio::io_context context;
    temporary_directory directory;
    auto const failure = failure_of(context, socket_at(directory.file("none.sock")));
    CHECK(failure.kind == error_kind::unreachable);
    CHECK(failure.message == "No such file or directory");
}

TEST_CASE("a socket that a dead engine left behind is unreachable", "[fault]") {
    asio::io_context context;
    temporary_directory directory;
    std::string const path = directory.file("left.sock");
    {
        asio::local::stream_protocol::acceptor const gone(
            context, asio::local::stream_protocol::endpoint(path)
        );
    }
    auto const failure = failure_of(context, socket_at(path));
    CHECK(failure.kind == error_kind::unreachable);
    CHECK(failure.message == "Connection refused");
}

TEST_CASE("a port where nobody listens is unreachable", "[fault]") {
    asio::io_context context;
    endpoint where;
    {
        scripted_engine const gone(
            context, [](heard_request const&) { return reply{}; }, scripted_engine::listens::on_loopback
        );
        where = gone.where();
    }
    CHECK(failure_of(context, where).kind == error_kind::unreachable);
}

TEST_CASE("a host name that does not exist is unreachable", "[fault]") {
    asio::io_context context;
    // RFC 2606 keeps .invalid free. Where lookups hang, our own deadline answers first.
    limits bounds = impatient();
    auto const failure = failure_of(context, {endpoint::kind::tcp, "", "no-such-host.invalid", 2375}, bounds);
    CHECK((failure.kind == error_kind::unreachable || failure.kind == error_kind::timeout));
}

TEST_CASE("a socket that is not for us names who may use it", "[fault]") {
    temporary_directory directory;
    std::string const path = directory.file("engine.sock");
    asio::io_context context;
    asio::local::stream_protocol::acceptor const engine(
        context, asio::local::stream_protocol::endpoint(path)
    );
    REQUIRE(::chmod(directory.file(".").c_str(), 0755) == 0);
    REQUIRE(::chmod(path.c_str(), 0400) == 0);
    not_root const somebody;
    auto const failure = failure_of(context, socket_at(path));
    CHECK(failure.kind == error_kind::permission);
    CHECK(failure.message.starts_with(path + " belongs to group "));
    CHECK(failure.message.ends_with(", mode 400"));
}

TEST_CASE("a frozen engine that still takes connections is a timeout", "[fault]") {
    asio::io_context context;
    temporary_directory directory;
    std::string const path = directory.file("frozen.sock");
    asio::local::stream_protocol::acceptor const frozen(
        context, asio::local::stream_protocol::endpoint(path)
    );
    auto const failure = failure_of(context, socket_at(path));
    CHECK(failure.kind == error_kind::timeout);
    CHECK(failure.message == "no answer in time");
}

TEST_CASE("a frozen engine whose backlog is full takes no request", "[fault]") {
    asio::io_context context;
    temporary_directory directory;
    asio::local::stream_protocol::endpoint const at(directory.file("full.sock"));
    asio::local::stream_protocol::acceptor frozen(context);
    frozen.open(at.protocol());
    frozen.bind(at);
    frozen.listen(0);
    asio::local::stream_protocol::socket first(context);
    first.connect(at);
    auto const failure = failure_of(context, socket_at(directory.file("full.sock")));
    CHECK((failure.kind == error_kind::unreachable || failure.kind == error_kind::timeout));
}

TEST_CASE("a stalled answer is a timeout, and a write that stalls may have been applied", "[fault]") {
    asio::io_context context;
    reply const half = GENERATE(
        reply{"", reply::then::stall},
        reply{"HTTP/1.1 200 OK\r\nApi-Ver", reply::then::stall},
        reply{"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", reply::then::stall}
    );
    scripted_engine engine(context, [&](heard_request const&) { return half; });
    engine_client client(context.get_executor(), {engine.where()}, impatient());
    auto const found = run(context, client.inspect("web"));
    REQUIRE_FALSE(found);
    CHECK(found.error().kind == error_kind::timeout);
    CHECK(engine.requests().size() == 1);

    auto const written = run(context, client.update(inspected(), three));
    REQUIRE_FALSE(written);
    CHECK(written.error().kind == error_kind::timeout);
    CHECK(written.error().maybe_applied);
    CHECK(engine.requests().size() == 2);
}

TEST_CASE("an answer that breaks off is a lost connection, and is not asked for again", "[fault]") {
    asio::io_context context;
    std::string const cut = GENERATE(
        std::string("HTTP/1.1 200 OK\r\nApi-Ver"),
        std::string("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"ID\""),
        std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"ID\"\r\n")
    );
    scripted_engine engine(context, [&](heard_request const&) { return reply{cut, reply::then::close}; });
    engine_client client(context.get_executor(), {engine.where()});
    auto const found = run(context, client.inspect("web"));
    REQUIRE_FALSE(found);
    CHECK(found.error().kind == error_kind::connection_lost);
    CHECK(engine.requests().size() == 1);

    auto const written = run(context, client.update(inspected(), three));
    REQUIRE_FALSE(written);
    CHECK(written.error().kind == error_kind::connection_lost);
    CHECK(written.error().maybe_applied);
    CHECK(engine.requests().size() == 2);
}

TEST_CASE("a GET on a kept connection that dies unheard is repeated once, a POST never", "[fault]") {
    asio::io_context context;
    std::size_t dying = 1; // connections up to this one die when asked a second time
    scripted_engine engine(context, [&](heard_request const& what) -> reply {
        static std::size_t last = 0;
        bool const second = last == what.connection;
        last = what.connection;
        if (second && what.connection <= dying)
            return {"", reply::then::close};
        return answer_with(200, recorded("20.10/service_new.json"));
    });
    engine_client client(context.get_executor(), {engine.where()});
    REQUIRE(run(context, client.inspect("web")));

    SECTION("the GET arrives on a second connection") {
        CHECK(run(context, client.inspect("web")));
        CHECK(engine.requests().size() == 3);
        CHECK(engine.connections() == 2);
    }
    SECTION("the POST is reported as perhaps applied") {
        auto const written = run(context, client.update(inspected(), three));
        REQUIRE_FALSE(written);
        CHECK(written.error().kind == error_kind::connection_lost);
        CHECK(written.error().maybe_applied);
        CHECK(engine.requests().size() == 2);
        CHECK(engine.connections() == 1);
    }
}

TEST_CASE("a GET on a fresh connection that dies unheard is not repeated", "[fault]") {
    asio::io_context context;
    scripted_engine engine(context, [](heard_request const&) { return reply{"", reply::then::close}; });
    engine_client client(context.get_executor(), {engine.where()});
    auto const found = run(context, client.inspect("web"));
    REQUIRE_FALSE(found);
    CHECK(found.error().kind == error_kind::connection_lost);
    CHECK(engine.requests().size() == 1);
}

TEST_CASE("a kept connection that the engine closed meanwhile is not used for a write", "[fault]") {
    asio::io_context context;
    scripted_engine engine(context, [](heard_request const& what) {
        auto said = answer_with(200, what.method == "GET" ? recorded("20.10/service_new.json") : "{}");
        said.afterwards = reply::then::close; // after an answer that promised to stay
        return said;
    });
    engine_client client(context.get_executor(), {engine.where()});
    auto const found = run(context, client.inspect("web"));
    REQUIRE(found);
    CHECK(run(context, client.update(*found, three)));
    CHECK(engine.connections() == 2);
}

TEST_CASE("an engine that restarts is found again", "[fault]") {
    asio::io_context context;
    auto engine = std::make_unique<scripted_engine>(
        context,
        [](heard_request const&) { return answer_with(200, recorded("20.10/service_new.json")); },
        scripted_engine::listens::on_loopback
    );
    engine_client client(context.get_executor(), {engine->where()});
    REQUIRE(run(context, client.inspect("web")));
    engine->die();
    auto const away = run(context, client.inspect("web"));
    REQUIRE_FALSE(away);
    CHECK(away.error().kind == error_kind::unreachable);
}

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
    CHECK(failure.kind == error_kind::rejected);
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

TEST_CASE("a stopped client ends what is under way and takes nothing more", "[stop]") {
    asio::io_context context;
    scripted_engine engine(context, [](heard_request const&) { return reply{"", reply::then::stall}; });
    limits bounds;
    bounds.connections = 2; // the third and fourth call wait for their turn
    engine_client client(context.get_executor(), {engine.where()}, bounds);
    int done = 0;
    for (int i = 0; i < 4; ++i)
        asio::co_spawn(
            context,
            client.inspect("web"),
            [&](std::exception_ptr failure, result<service> const& found) {
                CHECK_FALSE(failure);
                REQUIRE_FALSE(found);
                CHECK(found.error().kind == error_kind::cancelled);
                ++done;
            }
        );
    run_until(context, [&] { return engine.requests().size() == 2; });
    client.stop();
    run_until(context, [&] { return done == 4; });
    auto const later = run(context, client.inspect("web"));
    REQUIRE_FALSE(later);
    CHECK(later.error().kind == error_kind::cancelled);
    CHECK(engine.connections() == 2);
}

TEST_CASE("a write that a stop cut off may have been applied", "[stop]") {
    asio::io_context context;
    scripted_engine engine(context, [](heard_request const&) { return reply{"", reply::then::stall}; });
    auto client = std::make_unique<engine_client>(context.get_executor(), std::vector{engine.where()});
    std::optional<result<void>> written;
    asio::co_spawn(
        context,
        client->update(inspected(), three),
        [&](std::exception_ptr, result<void> const& outcome) { written = outcome; }
    );
    run_until(context, [&] { return engine.requests().size() == 1; });
    client.reset(); // calls outlive their client
    run_until(context, [&] { return written.has_value(); });
    REQUIRE_FALSE(*written);
    CHECK(written->error().kind == error_kind::cancelled);
    CHECK(written->error().maybe_applied);
}

TEST_CASE("a call that its owner cancels gives its turn back", "[stop]") {
    asio::io_context context;
    bool stall = true;
    scripted_engine engine(context, [&](heard_request const&) {
        return stall ? reply{"", reply::then::stall} : answer_with(200, recorded("20.10/service_new.json"));
    });
    limits bounds;
    bounds.connections = 1;
    engine_client client(context.get_executor(), {engine.where()}, bounds);
    asio::cancellation_signal first;
    asio::cancellation_signal second;
    int ended = 0;
    auto const start = [&](asio::cancellation_signal& signal) {
        asio::co_spawn(
            context,
            client.inspect("web"),
            asio::bind_cancellation_slot(
                signal.slot(), [&ended](std::exception_ptr, result<service> const&) { ++ended; }
            )
        );
    };
    start(first);
    start(second); // waits for the turn of the first
    run_until(context, [&] { return engine.requests().size() == 1; });
    second.emit(asio::cancellation_type::terminal);
    run_until(context, [&] { return ended == 1; });
    first.emit(asio::cancellation_type::terminal);
    run_until(context, [&] { return ended == 2; });
    stall = false;
    CHECK(run(context, client.inspect("web")));
}

TEST_CASE("a context that ends with calls under way leaks nothing", "[stop]") {
    auto context = std::make_unique<asio::io_context>();
    auto engine = std::make_unique<scripted_engine>(*context, [](heard_request const&) {
        return reply{"", reply::then::stall};
    });
    engine_client client(context->get_executor(), {engine->where()}, impatient());
    int ended = 0;
    for (int i = 0; i < 6; ++i)
        asio::co_spawn(*context, client.inspect("web"), [&](std::exception_ptr, result<service> const&) {
            ++ended;
        });
    run_until(*context, [&] { return engine->requests().size() == 4; });
    engine.reset();
    client.stop();
    context.reset(); // the sanitizer watches
    CHECK(ended == 0);
}
