// TLS to an engine: whom the client trusts, as whom it comes, and what it says where the two sides part.
#include "recorded.hpp"
#include "result_text.hpp"
#include "support/catch.hpp"
#include "support/scripted_server.hpp"
#include "swarm_client/engine_client.hpp"
#include "swarm_client/engine_tls.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <openssl/ssl.h>

#include <filesystem>

using namespace autoscaler;
using namespace autoscaler::test;
using swarm::engine_client;
using swarm::error_kind;
namespace asio = boost::asio;

namespace {

scripted_reply as_engine(heard_request const& what) {
    return answer_with(200, what.target == "/_ping" ? "OK" : "[]", "Api-Version: 1.41\r\n");
}

std::string in_quotes(std::string const& path) {
    return '"' + path + '"';
}

// The three files of a client, and the authority of both sides.
struct files {
    test_authority authority;
    identity own = authority.issue("DNS:client", std::chrono::hours(24), "clientAuth");
    test_file ca{authority.certificate()};
    test_file certificate{own.certificate};
    test_file key{own.key};

    swarm::tls_files all() const { return {ca.path(), certificate.path(), key.path()}; }

    swarm::tls_files without_certificate() const { return {ca.path(), "", ""}; }

    void come_as(identity const& other) const {
        certificate.write(other.certificate);
        key.write(other.key);
    }

    // An engine that wants a certificate of this authority.
    tls_setting strict(std::string const& names = "IP:127.0.0.1,DNS:localhost", int only_version = 0) const {
        return {authority.issue(names), authority.certificate(), only_version};
    }
};

swarm::endpoint
at(scripted_server const& engine, swarm::tls_files with, std::string const& host = "127.0.0.1") {
    return {swarm::endpoint::kind::tcp, "", host, engine.port(), std::move(with)};
}

// What a probe of this engine fails with.
swarm::error failure_of(asio::io_context& io, swarm::endpoint const& where) {
    engine_client client(io.get_executor(), {where});
    auto const said = run(io, client.probe());
    REQUIRE_FALSE(said);
    CHECK(said.error().endpoint == to_string(where));
    CHECK_FALSE(said.error().maybe_applied);
    CHECK(describe(said.error()).find("PRIVATE KEY") == std::string::npos);
    return said.error();
}

} // namespace

TEST_CASE("an engine behind TLS is spoken to with a client certificate, over one connection", "[tls]") {
    asio::io_context io;
    files const with;
    int const version = GENERATE(TLS1_2_VERSION, TLS1_3_VERSION);
    scripted_server engine(io, as_engine, with.strict("IP:127.0.0.1", version));
    engine_client client(io.get_executor(), {at(engine, with.all())});
    auto const ready = run(io, client.probe());
    REQUIRE(ready);
    CHECK(ready->endpoint == "tcp://127.0.0.1:" + std::to_string(engine.port()));
    CHECK(run(io, client.list()));
    CHECK(run(io, client.list()));
    CHECK(engine.connections() == 1);
    CHECK(engine.requests().at(1).header("Host") == "127.0.0.1:" + std::to_string(engine.port()));
}

TEST_CASE("a kept connection over TLS that the engine has closed is replaced", "[tls]") {
    asio::io_context io;
    files const with;
    scripted_server engine(io, as_engine, with.strict());
    engine_client client(io.get_executor(), {at(engine, with.all())});
    CHECK(run(io, client.list()));
    engine.drop_connections();
    CHECK(run(io, client.list()));
    CHECK(engine.connections() == 2);
}

TEST_CASE("versions of TLS below 1.2 are refused", "[tls]") {
    asio::io_context io;
    files const with;
    int const version = GENERATE(TLS1_VERSION, TLS1_1_VERSION);
    scripted_server engine(io, as_engine, with.strict("IP:127.0.0.1", version));
    CHECK(to_string(failure_of(io, at(engine, with.all())).kind) == "authentication");
    CHECK(engine.requests().empty());
}

TEST_CASE("the engine's certificate must have the name or address that is dialled", "[tls]") {
    asio::io_context io;
    files const with;
    scripted_server named(io, as_engine, with.strict("DNS:localhost"));
    engine_client client(io.get_executor(), {at(named, with.all(), "localhost")});
    CHECK(run(io, client.list()));
    auto const by_address = failure_of(io, at(named, with.all()));
    CHECK(to_string(by_address.kind) == "authentication");
    CHECK(
        by_address.message == "TLS: the server's certificate is not for \"127.0.0.1\", going by the ca in " +
                                  in_quotes(with.ca.path())
    );
    scripted_server addressed(io, as_engine, with.strict("IP:127.0.0.1"));
    CHECK(to_string(failure_of(io, at(addressed, with.all(), "localhost")).kind) == "authentication");
}

TEST_CASE("an engine of another authority is not trusted, and hears nothing", "[tls]") {
    asio::io_context io;
    files const with;
    test_authority const other;
    scripted_server engine(io, as_engine, tls_setting{other.issue("IP:127.0.0.1"), ""});
    auto const failure = failure_of(io, at(engine, with.all()));
    CHECK(to_string(failure.kind) == "authentication");
    CHECK(
        failure.message ==
        "TLS: the server's certificate is not trusted: unable to get local issuer certificate, going by the "
        "ca in " +
            in_quotes(with.ca.path())
    );
    CHECK(describe(failure).find("$DOCKER_CERT_PATH") != std::string::npos);
    CHECK(engine.requests().empty());
}

TEST_CASE("without a ca whatever certificate the engine has is taken", "[tls]") {
    asio::io_context io;
    files const with;
    test_authority const other;
    scripted_server engine(
        io, as_engine, tls_setting{other.issue("DNS:elsewhere"), with.authority.certificate()}
    );
    engine_client client(io.get_executor(), {at(engine, {"", with.certificate.path(), with.key.path()})});
    CHECK(run(io, client.list()));
}

TEST_CASE("a certificate that the engine does not take is named, early or late", "[tls]") {
    asio::io_context io;
    files const with;
    // Over TLS 1.3 the handshake succeeds, and the refusal is the answer to the first request.
    int const version = GENERATE(TLS1_2_VERSION, TLS1_3_VERSION);
    scripted_server engine(io, as_engine, with.strict("IP:127.0.0.1", version));
    test_authority const other;
    bool expired = false;
    SECTION("of another authority") {
        with.come_as(other.issue("DNS:client"));
    }
    SECTION("for servers only") {
        with.come_as(with.authority.issue("DNS:client", std::chrono::hours(24), "serverAuth"));
    }
    SECTION("expired") {
        with.come_as(with.authority.issue("DNS:client", std::chrono::seconds(60))); // of an hour ago
        expired = true;
    }
    auto const failure = failure_of(io, at(engine, with.all()));
    CHECK(to_string(failure.kind) == "authentication");
    INFO(failure.message);
    CHECK(failure.message.starts_with(
        "the engine does not take the certificate in " + in_quotes(with.certificate.path()) + ": "
    ));
    CHECK((failure.message.find("; it expired at 2") != std::string::npos) == expired);
    CHECK(engine.requests().empty());
}

TEST_CASE("an engine whose own certificate has expired is told as that", "[tls]") {
    asio::io_context io;
    files const with;
    auto const old = with.authority.issue("IP:127.0.0.1", std::chrono::seconds(60)); // of an hour ago
    scripted_server engine(io, as_engine, tls_setting{old, with.authority.certificate()});
    auto const failure = failure_of(io, at(engine, with.all()));
    CHECK(to_string(failure.kind) == "authentication");
    CHECK(failure.message.starts_with(
        "TLS: the server's certificate is not trusted: certificate has expired, going by the ca in "
    ));
}

TEST_CASE("an expired certificate of ours is replaced under the running client", "[tls]") {
    asio::io_context io;
    files const with;
    scripted_server engine(io, as_engine, with.strict());
    with.come_as(with.authority.issue("DNS:client", std::chrono::seconds(60)));
    std::vector<swarm::endpoint_state> told;
    swarm::limits bounds;
    bounds.first_retry = std::chrono::milliseconds(0);
    engine_client client(
        io.get_executor(),
        {at(engine, with.all())},
        bounds,
        [&](swarm::endpoint_state const& state) { told.push_back(state); }
    );
    for (int i = 0; i < 5; ++i)
        CHECK_FALSE(run(io, client.probe()));
    REQUIRE(told.size() == 1); // however often it was tried
    CHECK_FALSE(told[0].up);
    CHECK(told[0].cause.find("it expired at 2") != std::string::npos);
    with.come_as(with.authority.issue("DNS:client"));
    REQUIRE(run(io, client.probe()));
    CHECK(run(io, client.list()));
    REQUIRE(told.size() == 2);
    CHECK(told[1].up);
}

TEST_CASE("an engine that wants a certificate and gets none is told so", "[tls]") {
    asio::io_context io;
    files const with;
    int const version = GENERATE(TLS1_2_VERSION, TLS1_3_VERSION);
    scripted_server engine(io, as_engine, with.strict("IP:127.0.0.1", version));
    auto const failure = failure_of(io, at(engine, with.without_certificate()));
    CHECK(to_string(failure.kind) == "authentication");
    CHECK(failure.message.starts_with("the engine wants a certificate: "));

    // The directory of certificates has a ca alone.
    swarm::tls_files only_ca{with.ca.path(), "/nowhere/cert.pem", "/nowhere/key.pem", true};
    auto const by_default = failure_of(io, at(engine, only_ca));
    CHECK(by_default.message.starts_with(
        "the engine wants a certificate, and there is none in \"/nowhere/cert.pem\": "
    ));
}

TEST_CASE("an engine that asks for no certificate needs none", "[tls]") {
    asio::io_context io;
    files const with;
    scripted_server engine(io, as_engine, tls_setting{with.authority.issue("IP:127.0.0.1"), ""});
    swarm::tls_files const only_ca{with.ca.path(), "/nowhere/cert.pem", "/nowhere/key.pem", true};
    engine_client client(io.get_executor(), {at(engine, only_ca)});
    CHECK(run(io, client.list()));
}

TEST_CASE("certificates are read anew for each connection", "[tls]") {
    asio::io_context io;
    files const with;
    test_authority const other;
    scripted_server engine(io, as_engine, with.strict());
    swarm::limits bounds;
    bounds.first_retry = std::chrono::milliseconds(0);
    engine_client client(io.get_executor(), {at(engine, with.all())}, bounds);
    CHECK(run(io, client.list()));
    with.come_as(other.issue("DNS:client"));
    CHECK(run(io, client.list())); // over the connection of before
    engine.drop_connections();
    auto const refused = run(io, client.list());
    REQUIRE_FALSE(refused);
    CHECK(to_string(refused.error().kind) == "authentication");
    CHECK_FALSE(run(io, client.probe())); // the next try, which the failure has begun already
    std::filesystem::remove(with.key.path());
    auto const missing = run(io, client.probe());
    REQUIRE_FALSE(missing);
    CHECK(to_string(missing.error().kind) == "authentication");
    CHECK(
        missing.error().message ==
        "cannot read the key in " + in_quotes(with.key.path()) + ": No such file or directory"
    );
    with.come_as(with.authority.issue("DNS:client"));
    CHECK(run(io, client.probe()));
    CHECK(run(io, client.list()));
}

TEST_CASE("one side that speaks TLS and one that does not are told apart from an outage", "[tls]") {
    asio::io_context io;
    files const with;
    scripted_server plain(io, [](heard_request const&) { return scripted_reply{}; });
    auto const to_plain = failure_of(io, at(plain, with.all()));
    // Beast's server ends the connection at bytes that are no HTTP; Go's answers in plain text.
    CHECK((to_plain.kind == error_kind::authentication || to_plain.kind == error_kind::tls_mismatch));
    scripted_server secured(io, as_engine, with.strict());
    auto where = at(secured, {});
    where.tls.reset();
    CHECK(to_string(failure_of(io, where).kind) == "connection_lost");
}

TEST_CASE("a server's plain text in place of a handshake is no TLS", "[tls]") {
    asio::io_context io;
    files const with;
    asio::ip::tcp::acceptor listener(io, {asio::ip::address_v4::loopback(), 0});
    std::string const text = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n400 Bad Request";
    std::optional<asio::ip::tcp::socket> accepted;
    listener.async_accept([&](boost::system::error_code, asio::ip::tcp::socket peer) {
        asio::write(peer, asio::buffer(text));
        accepted = std::move(peer);
    });
    swarm::endpoint where{
        swarm::endpoint::kind::tcp, "", "127.0.0.1", listener.local_endpoint().port(), with.all()
    };
    auto const failure = failure_of(io, where);
    CHECK(to_string(failure.kind) == "tls_mismatch");
    CHECK(failure.message.starts_with("TLS: wrong version number"));
}

TEST_CASE("a handshake that does not end is given up", "[tls]") {
    asio::io_context io;
    files const with;
    asio::ip::tcp::acceptor const silent(io, {asio::ip::address_v4::loopback(), 0}); // accepts nothing
    swarm::limits bounds;
    bounds.connect = std::chrono::milliseconds(100);
    swarm::endpoint const where{
        swarm::endpoint::kind::tcp, "", "127.0.0.1", silent.local_endpoint().port(), with.all()
    };
    engine_client client(io.get_executor(), {where}, bounds);
    auto const said = run(io, client.probe());
    REQUIRE_FALSE(said);
    CHECK(to_string(said.error().kind) == "timeout");
    CHECK(said.error().message == "the TLS handshake did not end in time");
}

TEST_CASE("stop ends a handshake that is under way", "[tls]") {
    asio::io_context io;
    files const with;
    asio::ip::tcp::acceptor const silent(io, {asio::ip::address_v4::loopback(), 0});
    swarm::endpoint const where{
        swarm::endpoint::kind::tcp, "", "127.0.0.1", silent.local_endpoint().port(), with.all()
    };
    engine_client client(io.get_executor(), {where});
    std::optional<error_kind> ended;
    asio::co_spawn(io, client.probe(), [&](std::exception_ptr failure, auto const& said) {
        CHECK_FALSE(failure);
        REQUIRE_FALSE(said);
        ended = said.error().kind;
    });
    io.run_for(std::chrono::milliseconds(20)); // into the handshake, most likely; the outcome is the same
    client.stop();
    run_until(io, [&] { return ended.has_value(); });
    CHECK(to_string(*ended) == "cancelled");
}

TEST_CASE("events come over TLS as without it", "[tls]") {
    asio::io_context io;
    files const with;
    scripted_server engine(
        io,
        [](heard_request const& what) {
            if (what.target == "/_ping")
                return as_engine(what);
            std::string const line =
                R"({"Type":"config","Action":"create","Actor":{"ID":"x","Attributes":{"name":"n"}}})"
                "\n";
            return scripted_reply{
                "HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\n\r\n" + line, scripted_reply::then::close
            };
        },
        with.strict()
    );
    engine_client client(io.get_executor(), {at(engine, with.all())});
    std::vector<swarm::swarm_event> heard;
    auto const ended =
        run(io, client.events({{}, [&](swarm::swarm_event const& what) { heard.push_back(what); }}));
    CHECK(to_string(ended.kind) == "connection_lost");
    REQUIRE(heard.size() == 1);
    CHECK(heard[0].type == "config");
    CHECK(heard[0].name == "n");
}

TEST_CASE("files that do not serve are known before the first connection", "[tls]") {
    files const with;
    swarm::endpoint where{swarm::endpoint::kind::tcp, "", "m1", 2376, with.all()};
    CHECK(fault_of_tls_files(where).empty());
    std::string expected;
    SECTION("a missing ca") {
        where.tls->ca += ".not";
        expected = "cannot read the ca in " + in_quotes(where.tls->ca) + ": No such file or directory";
    }
    SECTION("an empty ca") {
        with.ca.write("");
        expected = "the ca in " + in_quotes(with.ca.path()) + " is empty";
    }
    SECTION("a ca that is none") {
        with.ca.write("x");
        expected = "the ca in " + in_quotes(with.ca.path()) + " holds no PEM certificate";
    }
    SECTION("a directory") {
        where.tls->certificate = "/";
        expected = "cannot read the certificate in \"/\": it is no regular file";
    }
    SECTION("a key of another certificate") {
        with.key.write(with.authority.issue("DNS:other").key);
        expected = "the key in " + in_quotes(with.key.path()) + " does not belong to the certificate in " +
                   in_quotes(with.certificate.path()) + ": key values mismatch";
    }
    SECTION("half a pair where both are optional") {
        where.tls->own_is_optional = true;
        std::filesystem::remove(with.key.path());
        expected = "cannot read the key in " + in_quotes(with.key.path()) + ": No such file or directory";
    }
    CHECK(fault_of_tls_files(where) == "cannot use TLS to tcp://m1:2376: " + expected);
    where.tls.reset();
    CHECK(fault_of_tls_files(where).empty());
}
