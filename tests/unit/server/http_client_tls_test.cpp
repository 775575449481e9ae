// TLS of the outgoing client: whom it trusts, as whom it comes, and what it says where the two sides part.
#include "server/http_client/client.hpp"
#include "support/scripted_server.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <cstdlib>

using namespace autoscaler;
using namespace autoscaler::test;
using namespace autoscaler::server::http_client;
namespace asio = boost::asio;

namespace {

request get(std::string url) {
    request made;
    made.url = std::move(url);
    return made;
}

scripted_reply ok(heard_request const&) {
    return answer_with(200, "hi");
}

policy::http_config trusting(std::string ca) {
    policy::http_config how;
    how.tls.ca.text = std::move(ca);
    return how;
}

// The error of one GET to a server of that certificate, which `how` does not let through.
std::string
refusal(identity const& own, policy::http_config const& how, std::string const& host = "127.0.0.1") {
    asio::io_context io;
    scripted_server server(io, ok, tls_setting{own, ""});
    client asks(io.get_executor());
    auto const said = run(io, asks.send(get(server.url(host)), how));
    REQUIRE_FALSE(said);
    CHECK(said.error().kind == error_kind::tls);
    CHECK(said.error().url == server.url(host));
    CHECK(server.requests().empty());
    return said.error().message;
}

} // namespace

TEST_CASE("a server whose authority is known is trusted", "[http_client][tls]") {
    asio::io_context io;
    test_authority const authority;
    scripted_server server(io, ok, tls_setting{authority.issue("IP:127.0.0.1,DNS:localhost"), ""});
    client asks(io.get_executor());
    CHECK(run(io, asks.send(get(server.url()), trusting(authority.certificate())))->body == "hi");
    CHECK(run(io, asks.send(get(server.url()), trusting(authority.certificate())))->body == "hi");
    CHECK(server.connections() == 1); // shared, as without TLS
    CHECK(run(io, asks.send(get(server.url("localhost")), trusting(authority.certificate())))->body == "hi");
    CHECK(server.connections() == 2);
}

TEST_CASE("one of several authorities may have signed", "[http_client][tls]") {
    asio::io_context io;
    test_authority const other;
    test_authority const authority;
    scripted_server server(io, ok, tls_setting{authority.issue("IP:127.0.0.1"), ""});
    client asks(io.get_executor());
    CHECK(run(io, asks.send(get(server.url()), trusting(other.certificate() + authority.certificate()))));
}

TEST_CASE("without a ca the system's authorities are trusted", "[http_client][tls]") {
    asio::io_context io;
    test_authority const authority;
    scripted_server server(io, ok, tls_setting{authority.issue("IP:127.0.0.1"), ""});
    test_file const bundle(authority.certificate());
    REQUIRE(::setenv("SSL_CERT_FILE", bundle.path().c_str(), 1) == 0);
    client asks(io.get_executor());
    auto const said = run(io, asks.send(get(server.url()), {}));
    ::unsetenv("SSL_CERT_FILE");
    CHECK(said);
}

TEST_CASE("a server of another authority is not trusted", "[http_client][tls]") {
    test_authority const authority;
    test_authority const other;
    auto const own = authority.issue("IP:127.0.0.1");
    CHECK(refusal(own, trusting(other.certificate()))
              .starts_with("TLS: the server's certificate is not trusted: "));
    CHECK(
        refusal(own, {}) ==
        "TLS: the server's certificate is not trusted: unable to get local issuer certificate"
    );
}

TEST_CASE("an expired certificate is not trusted", "[http_client][tls]") {
    test_authority const authority;
    auto const own = authority.issue("IP:127.0.0.1", std::chrono::seconds(60)); // of an hour ago
    CHECK(
        refusal(own, trusting(authority.certificate())) ==
        "TLS: the server's certificate is not trusted: certificate has expired"
    );
}

TEST_CASE("a certificate for another name is not trusted", "[http_client][tls]") {
    test_authority const authority;
    auto const how = trusting(authority.certificate());
    CHECK(
        refusal(authority.issue("DNS:prom.example,IP:127.0.0.2"), how) ==
        "TLS: the server's certificate is not for \"127.0.0.1\""
    );
    // The common name is "localhost", which counts for nothing.
    CHECK(
        refusal(authority.issue("DNS:prom.example"), how, "localhost") ==
        "TLS: the server's certificate is not for \"localhost\""
    );
    CHECK(
        refusal(authority.issue("DNS:l*"), how, "localhost") ==
        "TLS: the server's certificate is not for \"localhost\""
    );
}

TEST_CASE("server_name is the name that the certificate must have", "[http_client][tls]") {
    asio::io_context io;
    test_authority const authority;
    scripted_server server(io, ok, tls_setting{authority.issue("DNS:*.prom.example"), ""});
    client asks(io.get_executor());
    auto how = trusting(authority.certificate());
    how.tls.server_name = "a.prom.example";
    CHECK(run(io, asks.send(get(server.url()), how)));
    how.tls.server_name = "a.b.prom.example";
    auto const said = run(io, asks.send(get(server.url()), how));
    REQUIRE_FALSE(said);
    CHECK(said.error().message == "TLS: the server's certificate is not for \"a.b.prom.example\"");
}

TEST_CASE(
    "insecure_skip_verify trusts everybody, and that connection serves nobody else", "[http_client][tls]"
) {
    asio::io_context io;
    test_authority const authority;
    scripted_server server(io, ok, tls_setting{authority.issue("DNS:x", std::chrono::seconds(60)), ""});
    client asks(io.get_executor());
    policy::http_config how;
    how.tls.insecure_skip_verify = true;
    CHECK(run(io, asks.send(get(server.url()), how)));
    CHECK_FALSE(run(io, asks.send(get(server.url()), {})));
    CHECK(server.requests().size() == 1);
}

TEST_CASE("a server that wants a certificate gets ours", "[http_client][tls]") {
    asio::io_context io;
    test_authority const authority;
    scripted_server server(io, ok, tls_setting{authority.issue("IP:127.0.0.1"), authority.certificate()});
    client asks(io.get_executor());
    auto how = trusting(authority.certificate());
    SECTION("as text") {
        auto const own = authority.issue("DNS:client");
        how.tls.certificate.text = own.certificate;
        how.tls.key.text = own.key;
        CHECK(run(io, asks.send(get(server.url()), how)));
    }
    SECTION("none") {
        auto const said = run(io, asks.send(get(server.url()), how));
        REQUIRE_FALSE(said);
        CHECK(said.error().kind == error_kind::tls);
        CHECK(said.error().message.find("certificate required") != std::string::npos);
    }
    SECTION("one of another authority") {
        test_authority const other;
        auto const own = other.issue("DNS:client");
        how.tls.certificate.text = own.certificate;
        how.tls.key.text = own.key;
        auto const said = run(io, asks.send(get(server.url()), how));
        REQUIRE_FALSE(said);
        CHECK(said.error().kind == error_kind::tls);
    }
}

TEST_CASE("certificates in files are taken up when they change", "[http_client][tls]") {
    asio::io_context io;
    test_authority const old_one;
    test_authority const new_one;
    test_file const ca(old_one.certificate());
    policy::http_config how;
    how.tls.ca.file = ca.path();
    scripted_server server(io, ok, tls_setting{new_one.issue("IP:127.0.0.1"), ""});
    client asks(io.get_executor());
    CHECK_FALSE(run(io, asks.send(get(server.url()), how)));
    ca.write(new_one.certificate());
    CHECK(run(io, asks.send(get(server.url()), how)));
    ca.write(old_one.certificate());
    CHECK_FALSE(run(io, asks.send(get(server.url()), how))); // nor over the connection of before
}

TEST_CASE("certificates and keys that do not serve are told apart", "[http_client][tls]") {
    asio::io_context io;
    test_authority const authority;
    client asks(io.get_executor());
    auto const own = authority.issue("DNS:client");
    auto how = trusting(authority.certificate());
    how.tls.certificate.text = own.certificate;
    how.tls.key.text = own.key;
    std::string expected;
    test_file const file("no PEM at all");
    SECTION("a ca that is none") {
        how.tls.ca.text = "x";
        expected = "the ca holds no PEM certificate";
    }
    SECTION("a ca in a file that is none") {
        how.tls.ca = {"", file.path()};
        expected = "the ca in \"" + file.path() + "\" holds no PEM certificate";
    }
    SECTION("a ca that is cut off") {
        how.tls.ca.text += authority.certificate().substr(0, 200);
        expected = "cannot read the ca: ";
    }
    SECTION("an empty ca") {
        file.write("");
        how.tls.ca = {"", file.path()};
        expected = "the ca in \"" + file.path() + "\" is empty";
    }
    SECTION("a certificate that is none") {
        how.tls.certificate = {"", file.path()};
        expected = "cannot use the certificate in \"" + file.path() + "\": no start line";
    }
    SECTION("a key that is none") {
        how.tls.key.text = "x";
        expected = "cannot use the key: ";
    }
    SECTION("a key of another certificate") {
        how.tls.key.text = authority.issue("DNS:other").key;
        expected = "the key does not belong to the certificate: key values mismatch";
    }
    SECTION("a key under a pass phrase") {
        how.tls.key.text =
            "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n"
            "DEK-Info: AES-128-CBC,00112233445566778899AABBCCDDEEFF\n\nAAAA\n-----END EC PRIVATE KEY-----\n";
        expected = "the key is encrypted; expected one without a pass phrase";
    }
    SECTION("a certificate without a key") {
        how.tls.key = {};
        expected = "tls: a certificate needs its key, and a key its certificate";
    }
    SECTION("a missing file") {
        how.tls.ca = {"", file.path() + ".not"};
        expected = "cannot read \"" + file.path() + ".not\": No such file or directory";
    }
    SECTION("versions that exclude each other") {
        how.tls.min_version = policy::tls_version::tls13;
        how.tls.max_version = policy::tls_version::tls12;
        expected = "tls: no version lies between min_version and max_version";
    }
    auto const said = run(io, asks.send(get("https://127.0.0.1:1"), how));
    REQUIRE_FALSE(said);
    CHECK((said.error().kind == error_kind::secret || said.error().kind == error_kind::invalid));
    INFO(said.error().message);
    CHECK(said.error().message.starts_with(expected));
}

TEST_CASE("each side of https may speak something else", "[http_client][tls]") {
    asio::io_context io;
    test_authority const authority;
    client asks(io.get_executor());
    scripted_server plain(io, [](heard_request const&) { return scripted_reply{}; });
    std::string url = plain.url();
    url.insert(4, "s");
    request what = get(url);
    what.timeout = std::chrono::milliseconds(300);
    auto const to_plain = run(io, asks.send(what, {}));
    REQUIRE_FALSE(to_plain);
    CHECK((to_plain.error().kind == error_kind::tls || to_plain.error().kind == error_kind::timeout));
    scripted_server secured(io, ok, tls_setting{authority.issue("IP:127.0.0.1"), ""});
    auto const to_tls = run(io, asks.send(get("http" + secured.url().substr(5)), {}));
    REQUIRE_FALSE(to_tls);
    CHECK((to_tls.error().kind == error_kind::malformed || to_tls.error().kind == error_kind::connection_lost)
    );
}

TEST_CASE("a stopped client ends calls over TLS, also in their handshake", "[http_client][tls]") {
    asio::io_context io;
    test_authority const authority;
    scripted_server mute(
        io,
        [](heard_request const&) { return scripted_reply{"", scripted_reply::then::stall}; },
        tls_setting{authority.issue("IP:127.0.0.1"), ""}
    );
    asio::ip::tcp::acceptor const quiet(io, {asio::ip::address_v4::loopback(), 0}); // accepts nothing
    std::string const silent = "https://127.0.0.1:" + std::to_string(quiet.local_endpoint().port());
    client asks(io.get_executor());
    int done = 0;
    auto const ended = [&](std::exception_ptr failure, result<response> const& said) {
        CHECK_FALSE(failure);
        REQUIRE_FALSE(said);
        CHECK(said.error().kind == error_kind::cancelled);
        ++done;
    };
    asio::co_spawn(io, asks.send(get(silent), {}), ended);
    asio::co_spawn(io, asks.send(get(mute.url()), trusting(authority.certificate())), ended);
    run_until(io, [&] { return mute.requests().size() == 1; });
    asks.stop();
    run_until(io, [&] { return done == 2; });
}

TEST_CASE("an answer over TLS that is cut off is no answer", "[http_client][tls]") {
    asio::io_context io;
    test_authority const authority;
    scripted_server server(
        io,
        [](heard_request const&) {
            return scripted_reply{"HTTP/1.1 200 OK\r\n\r\nup to the end", scripted_reply::then::close};
        },
        tls_setting{authority.issue("IP:127.0.0.1"), ""}
    );
    client asks(io.get_executor());
    auto const said = run(io, asks.send(get(server.url()), trusting(authority.certificate())));
    REQUIRE_FALSE(said); // nothing says that this was the end
    CHECK(said.error().kind == error_kind::connection_lost);
}
