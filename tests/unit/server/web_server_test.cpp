// The HTTP server behind a gate: TLS, certificates, passwords, on loopback.
#include "server/web/gate.hpp"
#include "support/catch.hpp"
#include "unit/server/http_support.hpp"
#include "unit/server/tls_client.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <openssl/ssl.h>

#include <atomic>

using namespace autoscaler;
using namespace autoscaler::server;
using namespace autoscaler::test;
using namespace std::chrono_literals;

namespace {

constexpr char const* users =
    "basic_auth_users: {prom: $2y$04$6kcRCBH/TF4bqiHYRumx5OPst7UfwXqj4KIfHMLaY5oyFBt9dhWEa}\n";
constexpr char const* basic_prom = "Authorization: Basic cHJvbTpzZWNyZXQ=\r\n";

boost::asio::awaitable<http::response> echo_later(http::request const& asked) {
    for (int i = 0; i < 3; ++i)
        co_await boost::asio::post(co_await boost::asio::this_coro::executor, boost::asio::use_awaitable);
    co_return http::text(200, "later|" + std::string(asked.body));
}

http::router routes() {
    http::router made;
    made.add("GET", "/page", [](http::request const&) { return http::text(200, "page"); });
    made.add(
        "GET", "/-/healthy", [](http::request const&) { return http::text(200, "OK"); }, http::right::open
    );
    made.add("GET", "/big", [](http::request const&) {
        return http::text(200, std::string(4 << 20, 'b') + "end");
    });
    made.add(
        "POST",
        "/echo",
        [](http::request const& asked) { return http::text(200, "echo|" + std::string(asked.body)); },
        http::right::ingest
    );
    made.add_async("POST", "/later", echo_later);
    return made;
}

std::string get(std::string const& path, std::string const& fields = "Connection: close\r\n") {
    return "GET " + path + " HTTP/1.1\r\nHost: t\r\n" + fields + "\r\n";
}

std::string post(std::string const& path, std::string const& body, std::string const& fields = "") {
    return "POST " + path + " HTTP/1.1\r\nHost: t\r\n" + fields +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

// A server with this web configuration.
struct secured {
    explicit secured(std::string const& text, http::limits const& limit = {})
        : file(text), server(routes(), with(limit), [this](auto& io, auto& options) {
            web::gate_options chosen;
            chosen.look_every = 0ms;
            chosen.on_reload = [this](auto const& faults) {
                reload_faults += static_cast<int>(faults.size());
            };
            auto opened = web::gate::open(io.get_executor(), file.path(), chosen);
            for (auto const& each : opened.faults)
                throw std::runtime_error(to_string(each));
            options.gate = std::move(opened.made);
        }) {}

    static http::options with(http::limits const& limit) {
        http::options chosen;
        chosen.limit = limit;
        return chosen;
    }

    std::uint16_t port() const { return server.port(); }

    test_file file;
    std::atomic<int> reload_faults = 0;
    running_server server;
};

// A server with a certificate.
struct tls_files {
    tls_files()
        : own(authority.issue("DNS:localhost,IP:127.0.0.1"))
        , certificate(own.certificate)
        , key(own.key)
        , ca(authority.certificate()) {}

    std::string settings(std::string const& more = "") const {
        return "tls_server_config: {cert_file: " + certificate.path() + ", key_file: " + key.path() + more +
               "}\n";
    }

    std::string clients(std::string const& type, std::string const& more = "") const {
        return settings(", client_auth_type: " + type + ", client_ca_file: " + ca.path() + more);
    }

    tls_manner trusting() const { return {.ca = authority.certificate()}; }

    tls_manner as(identity const& who) const { return {.ca = authority.certificate(), .own = who}; }

    test_authority authority;
    identity own;
    test_file certificate;
    test_file key;
    test_file ca;
};

bool is(std::string const& answer, int status) {
    return answer.starts_with("HTTP/1.1 " + std::to_string(status) + " ");
}

} // namespace

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

TEST_CASE("a request without a password is refused before its body is read", "[web]") {
    secured at(users);
    raw_client client(at.port());
    client.send("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 60000000\r\n\r\n");
    auto const answer = client.read_answer();
    CHECK(answer.status == 401);
    CHECK(answer.body == "Unauthorized\n");
    CHECK(answer.field("WWW-Authenticate") == "Basic realm=\"swarm-autoscaler\"");
    CHECK(answer.field("Connection") == "close");
    client.send(std::string(1 << 20, 'x')); // and is not kept
    CHECK(at.server.buffered() < 20'000);

    raw_client chunked(at.port());
    chunked.send("POST /echo HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n100000\r\nabc");
    CHECK(chunked.read_answer().status == 401);

    raw_client polite(at.port());
    polite.send("POST /echo HTTP/1.1\r\nHost: t\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n");
    CHECK(polite.read_head().starts_with("HTTP/1.1 401 ")); // no 100 before it
}

TEST_CASE("a whole request without a password is refused, and its connection stays", "[web]") {
    secured at(users);
    raw_client client(at.port());
    for (int i = 0; i < 3; ++i) {
        client.send(post("/echo", "a"));
        CHECK(client.read_answer().status == 401);
        client.send(get("/nowhere", ""));
        CHECK(client.read_answer().status == 401); // nor does it hear what exists
        client.send(post("/echo", "b", basic_prom));
        CHECK(client.read_answer().body == "echo|b");
        client.send(get("/nowhere", basic_prom));
        CHECK(client.read_answer().status == 404);
    }
    client.send("HEAD /page HTTP/1.1\r\nHost: t\r\n\r\n" + get("/-/healthy", ""));
    CHECK(client.read_answer(true).status == 401);
    CHECK(client.read_answer().body == "OK");
}

TEST_CASE("a password is checked while the body arrives, in whatever pieces", "[web]") {
    secured at(users);
    std::string const chunked = std::string("POST /later HTTP/1.1\r\nHost: t\r\n") + basic_prom +
                                "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n7\r\n, world\r\n0\r\n\r\n";
    std::string const plain = post("/echo", std::string(100'000, 'y'), basic_prom);
    for (std::string const& text : {chunked, plain})
        for (std::size_t const cut :
             {std::size_t{20}, text.find("\r\n\r\n") + 4, text.find("\r\n\r\n") + 7, text.size() - 1}) {
            secured fresh(users); // whose verdicts are not known yet
            raw_client client(fresh.port());
            client.send(text.substr(0, cut));
            ask(fresh.port(), post("/echo", "in between"));
            client.send(text.substr(cut));
            auto const answer = client.read_answer();
            CHECK(answer.status == 200);
            CHECK(answer.body.size() == (text == plain ? 100'005 : 18));
        }
}

TEST_CASE("pipelined requests with passwords are answered in their order", "[web]") {
    secured at(users);
    raw_client client(at.port());
    client.send(
        post("/echo", "1", basic_prom) + post("/echo", "2") + post("/later", "3", basic_prom) +
        post("/echo", "4", "Authorization: Basic cHJvbTp3cm9uZw==\r\n") + post("/echo", "5", basic_prom)
    );
    CHECK(client.read_answer().body == "echo|1");
    CHECK(client.read_answer().status == 401);
    CHECK(client.read_answer().body == "later|3");
    CHECK(client.read_answer().status == 401);
    CHECK(client.read_answer().body == "echo|5");
}

TEST_CASE("every answer carries the fields of the file", "[web]") {
    secured at(std::string(users) + "http_server_config: {headers: {X-Frame-Options: deny, X-Ours: ours}}\n");
    for (auto const& request :
         {get("/page"), get("/page", basic_prom), get("/-/healthy"), std::string("bad\r\n\r\n")}) {
        auto const answer = ask(at.port(), request);
        CHECK(answer.field("X-Frame-Options") == "deny");
        CHECK(answer.field("X-Ours") == "ours");
        CHECK_FALSE(answer.field("Content-Length").empty());
    }
}

TEST_CASE("a stop does not wait for passwords", "[web]") {
    std::string costly(users);
    costly.replace(costly.find("$04$"), 4, "$13$");
    secured at(costly);
    raw_client client(at.port());
    client.send(get("/page", basic_prom));
    while (at.server.connections() != 1) {
    }
    at.server.begin_stop(10ms);
    at.server.wait_stopped();
    auto const answer = client.read_answer();
    CHECK((answer.status == 0 || answer.status == 503 || answer.status == 401));
}
