// The HTTP server over TLS, on loopback.
#include "server/cli/health.hpp"
#include "unit/server/web_support.hpp"

#include <openssl/ssl.h>

#include <sstream>

using namespace autoscaler;
using namespace autoscaler::server;
using namespace autoscaler::test;

TEST_CASE("requests are answered over TLS, with bodies and answers of every size", "[web][tls]") {
    tls_files const files;
    secured at(files.settings());
    tls_client client(at.port(), files.trusting());
    REQUIRE(client.shook_hands());
    for (std::size_t const size : {0U, 1U, 16'384U, 40'000U, 3'000'000U}) {
        REQUIRE(client.send(post("/echo", std::string(size, 'x') + "end")));
        CHECK(client.read("end").size() > size);
    }
    REQUIRE(client.send(post("/later", "end")));
    CHECK(client.read("end").ends_with("later|end"));
    REQUIRE(client.send(get("/big", "")));
    CHECK(client.read("end").size() > std::size_t{4} << 20U);
    std::string many;
    for (int i = 0; i < 1000; ++i)
        many += get("/page", "");
    REQUIRE(client.send(many + get("/page")));
    auto const answers = client.read();
    std::size_t count = 0;
    for (std::size_t at_ = 0; (at_ = answers.find("\r\n\r\npage", at_)) != std::string::npos; ++at_)
        ++count;
    CHECK(count == 1001);
}

TEST_CASE("a request that arrives byte by byte over TLS is the same", "[web][tls]") {
    tls_files const files;
    secured at(files.settings());
    tls_client client(at.port(), files.trusting());
    for (char const c : post("/echo", "hello"))
        REQUIRE(client.send(std::string_view(&c, 1)));
    CHECK(client.read("hello").ends_with("echo|hello"));
}

TEST_CASE("HTTP/1.1 is chosen where it is offered, and HTTP/2 never", "[web][tls]") {
    tls_files const files;
    secured at(files.settings());
    auto how = files.trusting();
    how.protocols = "\x02h2\x08http/1.1";
    CHECK(tls_client(at.port(), how).protocol() == "http/1.1");
    how.protocols = "\x02h2";
    tls_client alone(at.port(), how);
    CHECK(alone.shook_hands());
    CHECK(alone.protocol().empty());
}

TEST_CASE("versions and ciphers are as the file has them, from TLS 1.2 by default", "[web][tls]") {
    tls_files const files;
    auto how = files.trusting();
    {
        secured at(files.settings());
        how.highest = TLS1_1_VERSION;
        CHECK_FALSE(tls_client(at.port(), how).shook_hands());
        how.highest = TLS1_2_VERSION;
        CHECK(tls_client(at.port(), how).version() == "TLSv1.2");
    }
    {
        secured at(files.settings(", min_version: TLS13"));
        CHECK_FALSE(tls_client(at.port(), how).shook_hands());
        CHECK(tls_client(at.port(), files.trusting()).version() == "TLSv1.3");
    }
    {
        secured at(files.settings(", min_version: TLS10, max_version: TLS10"));
        CHECK(tls_client(at.port(), files.trusting()).version() == "TLSv1");
    }
    {
        secured at(
            files.settings(", max_version: TLS12, cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, "
                           "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256], curve_preferences: [CurveP384]")
        );
        how.ciphers = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384";
        CHECK(tls_client(at.port(), how).cipher() == "ECDHE-ECDSA-AES256-GCM-SHA384"); // the server chooses
        how.ciphers = "ECDHE-ECDSA-CHACHA20-POLY1305";
        CHECK_FALSE(tls_client(at.port(), how).shook_hands());
    }
}

TEST_CASE("plain HTTP on a TLS port is told so", "[web][tls]") {
    tls_files const files;
    secured at(files.settings());
    for (auto const* const method : {"GET", "POST", "DELETE", "OPTIONS"}) {
        auto const answer = ask(at.port(), std::string(method) + " /page HTTP/1.1\r\nHost: t\r\n\r\n");
        CHECK(answer.status == 400);
        CHECK(answer.body == "Client sent an HTTP request to an HTTPS server.\n");
    }
}

TEST_CASE(
    "a certificate that changes on disk is shown to the next connection, and a bad one is not", "[web][tls]"
) {
    tls_files const files;
    secured at(files.settings());
    tls_client before(at.port(), files.trusting());
    CHECK(before.certificate() == files.own.certificate);

    auto const next = files.authority.issue("DNS:localhost");
    files.certificate.write(next.certificate); // without its key: does not fit
    CHECK(tls_client(at.port(), files.trusting()).certificate() == files.own.certificate);
    CHECK(tls_client(at.port(), files.trusting()).certificate() == files.own.certificate);
    CHECK(at.reload_faults == 1);
    files.key.write(next.key);
    CHECK(tls_client(at.port(), files.trusting()).certificate() == next.certificate);
    files.certificate.write("");
    CHECK(tls_client(at.port(), files.trusting()).certificate() == next.certificate);
    CHECK(at.reload_faults == 2);

    REQUIRE(before.send(get("/page")));
    CHECK(is(before.read(), 200)); // old connections live on
}

TEST_CASE("client certificates are asked for as client_auth_type says", "[web][tls]") {
    tls_files const files;
    test_authority const stranger;
    auto const known = files.as(files.authority.issue("DNS:prometheus"));
    auto const unknown = files.as(stranger.issue("DNS:prometheus"));
    auto const none = files.trusting();
    auto const enters = [&](secured& at, tls_manner const& how) {
        return is(ask_tls(at.port(), get("/page"), how), 200);
    };
    {
        secured at(files.clients("RequestClientCert"));
        CHECK((enters(at, none) && enters(at, unknown) && enters(at, known)));
    }
    {
        secured at(files.clients("RequireAnyClientCert"));
        CHECK_FALSE(enters(at, none));
        CHECK((enters(at, unknown) && enters(at, known)));
    }
    {
        secured at(files.clients("VerifyClientCertIfGiven"));
        CHECK((enters(at, none) && enters(at, known)));
        CHECK_FALSE(enters(at, unknown));
    }
    {
        secured at(files.clients("RequireAndVerifyClientCert"));
        CHECK_FALSE(enters(at, none));
        CHECK_FALSE(enters(at, unknown));
        CHECK(enters(at, known));
    }
}

TEST_CASE("of verified clients only those with an allowed name come in", "[web][tls]") {
    tls_files const files;
    auto const enters = [&](secured& at, std::string const& names) {
        return is(ask_tls(at.port(), get("/page"), files.as(files.authority.issue(names))), 200);
    };
    secured at(files.clients(
        "RequireAndVerifyClientCert",
        ", client_allowed_sans: [prometheus, 10.0.0.1, 'spiffe://a/b', ops@example.org]"
    ));
    CHECK(enters(at, "DNS:other,DNS:prometheus"));
    CHECK(enters(at, "IP:10.0.0.1"));
    CHECK(enters(at, "URI:spiffe://a/b"));
    CHECK(enters(at, "email:ops@example.org"));
    CHECK_FALSE(enters(at, "DNS:prometheus.evil"));
    CHECK_FALSE(enters(at, "IP:10.0.0.2"));
    secured any(files.clients("RequireAnyClientCert", ", client_allowed_sans: [prometheus]"));
    CHECK(enters(any, "DNS:prometheus"));
    CHECK_FALSE(enters(any, "DNS:other"));
}

TEST_CASE("rights go by the names of a verified certificate", "[web][tls]") {
    tls_files const files;
    test_authority const stranger;
    std::string const rights = "rights: {ingest: ['cert:prometheus'], read: [anonymous], change: ['*']}\n";
    auto const prometheus = files.as(files.authority.issue("DNS:prometheus"));
    auto const other = files.as(files.authority.issue("DNS:other"));
    auto const said = [&](secured& at, std::string const& request, tls_manner const& how) {
        auto const answer = ask_tls(at.port(), request, how);
        return answer.size() > 12 ? answer.substr(9, 3) : "";
    };
    secured at(files.clients("VerifyClientCertIfGiven") + rights);
    std::string const close = "Connection: close\r\n";
    CHECK(said(at, post("/echo", "x", close), prometheus) == "200");
    CHECK(said(at, post("/echo", "x", close), other) == "403");
    CHECK(said(at, post("/later", "x", close), other) == "200");
    CHECK(said(at, post("/later", "x", close), files.trusting()) == "403");
    CHECK(said(at, get("/page"), files.trusting()) == "200");
    // A certificate that was asked for and not verified gives nothing.
    secured unverified(files.settings(", client_auth_type: RequestClientCert") + "rights: {read: ['*']}\n");
    CHECK(said(unverified, get("/page"), files.as(stranger.issue("DNS:prometheus"))) == "403");
}

TEST_CASE("nobody begins a handshake anew in the middle, and new keys are taken", "[web][tls]") {
    tls_files const files;
    secured at(files.settings());
    auto old = files.trusting();
    old.highest = TLS1_2_VERSION;
    CHECK_FALSE(tls_client(at.port(), old).renegotiate());
    tls_client client(at.port(), files.trusting());
    for (int i = 0; i < 5; ++i)
        CHECK(client.update_keys());
    REQUIRE(client.send(get("/page")));
    CHECK(is(client.read(), 200));
}

TEST_CASE("handshakes that stall or make no sense end in time, and others go on", "[web][tls]") {
    http::limits limit;
    limit.time_to_head = 300ms;
    tls_files const files;
    secured at(files.settings(), limit);
    {
        raw_client silent(at.port());
        raw_client slow(at.port());
        slow.send(std::string_view("\x16\x03\x01\x02\x00\x01\x00", 7));
        raw_client garbage(at.port());
        garbage.send(std::string_view("\x16\x03\x01\x00\x05\xff\xff\xff\xff\xff", 10));
        raw_client other(at.port());
        other.send(std::string(100, '\x01'));
        CHECK(is(ask_tls(at.port(), get("/page"), files.trusting()), 200));
        CHECK(silent.closed());
        CHECK(slow.closed());
        tls_client shaken(at.port(), files.trusting()); // and no request
        CHECK(shaken.read().empty());
    }
    while (at.server.connections() != 0) {
    }
}

TEST_CASE("500 idle handshakes do not keep anybody out", "[web][tls][abuse]") {
    tls_files const files;
    secured at(files.settings());
    std::vector<std::unique_ptr<raw_client>> idle;
    for (int i = 0; i < 500; ++i) {
        idle.push_back(std::make_unique<raw_client>(at.port()));
        idle.back()->send(std::string_view("\x16\x03\x01", 3));
    }
    CHECK(is(ask_tls(at.port(), get("/page"), files.trusting()), 200));
    idle.clear();
    while (at.server.connections() != 0) {
    }
}

TEST_CASE("a stop closes idle TLS connections and those that shake hands", "[web][tls]") {
    tls_files const files;
    secured at(files.settings());
    raw_client silent(at.port());
    tls_client idle(at.port(), files.trusting());
    REQUIRE(idle.shook_hands());
    REQUIRE(idle.send(get("/page", "")));
    CHECK(idle.read("\r\n\r\npage").ends_with("page"));
    while (at.server.connections() != 2) {
    }
    at.server.begin_stop(10s);
    at.server.wait_stopped();
    CHECK(idle.read().empty());
    CHECK(silent.closed());
}

TEST_CASE("health is asked over TLS, with what the server wants to see", "[web][tls][cli]") {
    tls_files const files;
    secured at(files.clients("RequireAndVerifyClientCert") + users);
    auto const own = files.authority.issue("DNS:health");
    test_file const certificate(own.certificate);
    test_file const key(own.key);
    cli::health_options options;
    options.server = {.host = "127.0.0.1", .port = at.port(), .path = {}, .tls = true};
    std::ostringstream err;
    CHECK(cli::run_health(options, err) == 1);
    CHECK(err.str().starts_with("unhealthy: https://127.0.0.1:" + std::to_string(at.port()) + "/-/healthy: ")
    );
    options.tls.insecure_skip_verify = true;
    CHECK(cli::run_health(options, err) == 1); // it shows no certificate
    options.tls.certificate.file = certificate.path();
    options.tls.key.file = key.path();
    CHECK(cli::run_health(options, err) == 0);
    options.tls.insecure_skip_verify = false;
    options.tls.ca.file = files.ca.path();
    CHECK(cli::run_health(options, err) == 0);
}
