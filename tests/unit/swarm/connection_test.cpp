// Everything that can go wrong between the client and an engine, over real sockets.
#include "recorded.hpp"
#include "result_text.hpp"
#include "scripted_engine.hpp"
#include "support/catch.hpp"
#include "swarm_client/engine_client.hpp"

#include <boost/asio/local/stream_protocol.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>

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
    service found = decoded(recorded("20.10/service_new.json"));
    found.api_version = "1.41";
    return found;
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
    std::size_t last = 0;
    scripted_engine engine(context, [&](heard_request const& what) -> reply {
        bool const second = last == what.connection;
        last = what.connection;
        if (second && what.connection == 1)
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
    scripted_engine engine(context, [](heard_request const& what) {
        bool const probe = what.target.find("/services?filters=") != std::string::npos;
        return answer_with(200, probe ? "[]" : recorded("20.10/service_new.json"));
    });
    engine_client client(context.get_executor(), {engine.where()}, eager());
    REQUIRE(run(context, client.inspect("web")));
    engine.die();
    auto const away = run(context, client.inspect("web"));
    REQUIRE_FALSE(away);
    CHECK(away.error().kind == error_kind::unreachable);
    engine.revive();
    CHECK(run(context, client.probe()));
    CHECK(run(context, client.inspect("web")));
    CHECK(engine.connections() == 2);
}
