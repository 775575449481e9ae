// The file of --web.config.file: what it may say, and where it is wrong.
#include "server/web/read_config.hpp"
#include "support/catch.hpp"

using namespace autoscaler;
using namespace autoscaler::server::web;

namespace {

// bcrypt of "secret", cost 4.
constexpr char const* hash = "$2y$04$6kcRCBH/TF4bqiHYRumx5OPst7UfwXqj4KIfHMLaY5oyFBt9dhWEa";

std::string faults_of(std::string const& text) {
    policy::yaml::fault_sink sink(text, "web.yml");
    auto const read = read_config(text, sink);
    std::string all;
    for (auto const& each : sink.take())
        all += to_string(each) + "\n";
    CHECK(read.has_value() == (all.find("error:") == std::string::npos));
    return all;
}

config read(std::string const& text) {
    policy::yaml::fault_sink sink(text, "/etc/web/web.yml");
    auto made = read_config(text, sink);
    std::string all;
    for (auto const& each : sink.take())
        all += to_string(each) + "\n";
    INFO(all);
    REQUIRE(made.has_value());
    return *made;
}

std::string users(std::string const& entry) {
    return "basic_auth_users:\n  " + entry + "\n";
}

} // namespace

TEST_CASE("a web configuration may be empty of settings, but not an empty file", "[web]") {
    CHECK(faults_of("{}").empty());
    CHECK(faults_of("") == "web.yml:1:1: error: the file is empty\n");
}

TEST_CASE("every setting of the exporter toolkit is read", "[web]") {
    auto const made = read(
        "tls_server_config:\n"
        "  cert_file: server.crt\n"
        "  key_file: /run/secrets/key\n"
        "  client_auth_type: RequireAndVerifyClientCert\n"
        "  client_ca_file: ca.crt\n"
        "  client_allowed_sans: [prometheus, 10.0.0.1]\n"
        "  min_version: TLS13\n"
        "  max_version: TLS13\n"
        "  cipher_suites: [TLS_AES_128_GCM_SHA256, TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]\n"
        "  prefer_server_cipher_suites: false\n"
        "  curve_preferences: [X25519, CurveP256]\n"
        "http_server_config:\n"
        "  http2: true\n"
        "  headers: {X-Frame-Options: deny, X-Ours: 'a: b', X-XSS-Protection: 0, Content-Security-Policy: "
        "''}\n" +
        users(std::string("prom: ") + hash) +
        "bearer_tokens: {reader: token}\n"
        "rights:\n"
        "  ingest: [prom, 'cert:prometheus']\n"
        "  read: [anonymous]\n"
        "  change: ['*']\n"
    );
    REQUIRE(made.tls);
    CHECK(made.tls->certificate.from.file == "/etc/web/server.crt");
    CHECK(made.tls->key.from.file == "/run/secrets/key");
    CHECK(made.tls->client_ca.from.file == "/etc/web/ca.crt");
    CHECK(made.tls->clients == client_auth::require_and_verify);
    CHECK(made.tls->allowed_names == std::vector<std::string>{"prometheus", "10.0.0.1"});
    CHECK(made.tls->min_version == policy::tls_version::tls13);
    CHECK(made.tls->max_version == policy::tls_version::tls13);
    CHECK(made.tls->ciphers.size() == 2);
    CHECK_FALSE(made.tls->server_chooses_cipher);
    CHECK(made.tls->curves == std::vector<std::string>{"X25519", "CurveP256"});
    CHECK(
        made.headers ==
        std::vector<std::pair<std::string, std::string>>{
            {"X-Frame-Options", "deny"}, {"X-Ours", "a: b"}, {"X-XSS-Protection", "0"}
        }
    );
    CHECK(made.users.front().hash == hash);
    CHECK(made.tokens.front().path == "/etc/web/token");
    CHECK(made.rights->ingest == std::vector<std::string>{"prom", "cert:prometheus"});
    CHECK(made.rights->change == std::vector<std::string>{"*"});
}

TEST_CASE("all five client_auth_type are known, and the old name of the third", "[web]") {
    auto const [word, meaning] = GENERATE(table<std::string, client_auth>(
        {{"NoClientCert", client_auth::none},
         {"RequestClientCert", client_auth::request},
         {"RequireAnyClientCert", client_auth::require_any},
         {"RequireClientCert", client_auth::require_any},
         {"VerifyClientCertIfGiven", client_auth::verify_if_given},
         {"RequireAndVerifyClientCert", client_auth::require_and_verify}}
    ));
    std::string const ca = meaning == client_auth::none ? "" : ", client_ca: c";
    auto const made = read("tls_server_config: {cert: a, key: b, client_auth_type: " + word + ca + "}");
    CHECK(made.tls->clients == meaning);
}

TEST_CASE("every fault is named with its place, all of them at once", "[web]") {
    CHECK(
        faults_of("tls_serverconfig: {}\nbasic_auth_users:\n  a: plain\nrights: {reed: []}\n") ==
        "web.yml:1:1: error: unknown key \"tls_serverconfig\"; did you mean \"tls_server_config\"?\n"
        "web.yml:3:6: error: the password of \"a\" must be a bcrypt hash ($2a$, $2b$ or $2y$), as \"htpasswd "
        "-nBC 10 "
        "USER\" writes it\n"
        "web.yml:4:10: error: unknown key \"reed\"; did you mean \"read\"?\n"
    );
    CHECK(faults_of("rate_limit: {burst: 1}").find("rate_limit is not supported") != std::string::npos);
}

TEST_CASE("a bcrypt cost that would keep us busy for hours is refused", "[web]") {
    std::string costly(hash);
    costly.replace(4, 2, "31");
    CHECK(
        faults_of(users("a: " + costly)) == "web.yml:2:6: error: the password of \"a\" has the bcrypt cost "
                                            "31: expected at most 16, since each request "
                                            "would take hours\n"
    );
    costly.replace(4, 2, "16");
    CHECK(faults_of(users("a: " + costly)).empty());
    for (auto const* const wrong :
         {"$1$salt$hash",
          "$2x$04$6kcRCBH/TF4bqiHYRumx5OPst7UfwXqj4KIfHMLaY5oyFBt9dhWEa",
          "$2y$04$6kcRCBH",
          "$2y$03$6kcRCBH/TF4bqiHYRumx5OPst7UfwXqj4KIfHMLaY5oyFBt9dhWEa",
          "$2y$04$6kcRCBH/TF4bqiHYRumx5OPst7UfwXqj4KIfHMLaY5oyFBt9dhWE*"}) {
        auto const said = faults_of(users("a: " + std::string(wrong)));
        CHECK(said.find("must be a bcrypt hash") != std::string::npos);
        CHECK(said.find(wrong) == std::string::npos); // a password may have been written in its place
    }
}

TEST_CASE("names of callers are such that requests and rights can carry them", "[web]") {
    auto const entry = [](std::string const& name) { return users("'" + name + "': " + hash); };
    CHECK(faults_of(entry("a:b")).find("basic auth cannot carry") != std::string::npos);
    for (auto const* const name : {"anonymous", "*", "cert:x"})
        CHECK(faults_of(entry(name)).find("means something else in rights") != std::string::npos);
    CHECK(
        faults_of(entry("prom") + "bearer_tokens: {prom: t}\n") ==
        "web.yml:3:17: error: \"prom\" is the name of a user already: rights could not tell them apart\n"
    );
    CHECK(
        faults_of(entry("prom") + "rights: {read: [promm]}\n") ==
        "web.yml:3:17: error: rights.read: no user and no token is called \"promm\"; did you mean \"prom\"?\n"
    );
    CHECK(
        faults_of("rights: {read: [zzz]}\n") ==
        "web.yml:1:17: error: rights.read: no user and no token is called "
        "\"zzz\"; \"anonymous\", \"*\" and \"cert:NAME\" are known besides\n"
    );
    CHECK(
        faults_of("rights: {read: ['cert:x']}").find("needs certificates to be verified") != std::string::npos
    );
    CHECK(faults_of("rights: {read: anonymous}").find("rights.read must be a list") != std::string::npos);
}

TEST_CASE("TLS settings that contradict each other are refused", "[web]") {
    auto const tls = [](std::string const& more) { return faults_of("tls_server_config: {" + more + "}"); };
    CHECK(
        tls("min_version: TLS12") ==
        "web.yml:1:20: error: tls_server_config has no certificate: add cert_file\n"
        "web.yml:1:20: error: tls_server_config has no key: add key_file\n"
    );
    std::string const pair = "cert_file: c, key_file: k, ";
    CHECK(
        tls(pair + "client_ca_file: x").find("has no effect with client_auth_type NoClientCert") !=
        std::string::npos
    );
    CHECK(
        tls(pair + "client_auth_type: VerifyClientCertIfGiven").find("add client_ca_file") !=
        std::string::npos
    );
    CHECK(
        tls(pair + "client_auth_type: RequireAndVerify").find("must be NoClientCert, ") != std::string::npos
    );
    CHECK(tls(pair + "client_allowed_sans: [a]").find("needs the client_auth_type") != std::string::npos);
    CHECK(tls(pair + "client_allowed_sans: []").find("lets nobody in") != std::string::npos);
    CHECK(tls(pair + "max_version: TLS11").find("max_version is below min_version") != std::string::npos);
    CHECK(
        tls(pair + "cipher_suites: [TLS_RSA_WITH_RC4_128_SHA]").find("cipher_suites must be") !=
        std::string::npos
    );
    CHECK(tls(pair + "curve_preferences: [X25519MLKEM768]").find("must be CurveP256") != std::string::npos);
    CHECK(tls(pair + "cert: text").find("has both cert and cert_file") != std::string::npos);
}

TEST_CASE("inline keys and tokens are not shown in faults", "[web]") {
    CHECK(faults_of("tls_server_config: 's3cret'").find("s3cret") == std::string::npos);
    CHECK(
        faults_of("tls_server_config: {cert: a, key: ''}").find("tls_server_config.key must not be empty") !=
        std::string::npos
    );
    CHECK(faults_of("bearer_tokens: s3cret").find("s3cret") == std::string::npos);
    CHECK(faults_of("basic_auth_users: s3cret").find("s3cret") == std::string::npos);
}

TEST_CASE("headers can neither split an answer nor frame it anew", "[web]") {
    auto const header = [](std::string const& entry) {
        return faults_of("http_server_config: {headers: {" + entry + "}}");
    };
    CHECK(header("X-A: \"b\\r\\nSet-Cookie: c\"").find("must be one line") != std::string::npos);
    CHECK(header("\"X A\": b").find("cannot be the name of a header") != std::string::npos);
    for (auto const* const name :
         {"content-length", "Transfer-Encoding", "Connection", "WWW-Authenticate", "date"})
        CHECK(header(std::string(name) + ": x").find("it is the answer's own") != std::string::npos);
    CHECK(header("Access-Control-Allow-Origin: 'https://a'").find("--web.cors.origin") != std::string::npos);
    CHECK(header("X-Content-Type-Options: sniff").find("must be nosniff") != std::string::npos);
    CHECK(header("X-Frame-Options: allow").find("must be deny or sameorigin") != std::string::npos);
    CHECK(header("X-A: a, x-a: b").find("is written twice") != std::string::npos);
    CHECK(
        header("X-Frame-Option: deny") ==
        "web.yml:1:32: warning: the header \"X-Frame-Option\": did you mean \"X-Frame-Options\"?\n"
    );
}
