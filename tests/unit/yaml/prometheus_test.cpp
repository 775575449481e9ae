// `prometheus:` and Prometheus' own http_config.
#include "unit/yaml/loaded.hpp"
#include "unit/yaml/marked_text.hpp"

using namespace std::chrono_literals;

namespace autoscaler::policy::tests {

namespace {

std::string const rest = "\npolicies: [{alert: X, service: web, scale: =2, max: 3}]\n";

prometheus_source source(std::string const& fields, std::string const& file = "policy.yml") {
    policy_set set = loaded("prometheus: {" + fields + "}" + rest, {}, file);
    REQUIRE(set.prometheus.has_value());
    return *std::move(set.prometheus);
}

// The only fault of the section.
lines faults_in(std::string const& fields) {
    return faults_of("prometheus: " + fields + rest);
}

struct row {
    std::string fields;
    std::string fault;
};

using pairs = std::vector<std::pair<std::string, std::string>>;

} // namespace

TEST_CASE("a source has defaults", "[prometheus]") {
    auto const made = source("");
    CHECK(made.urls == std::vector<std::string>{"http://prometheus:9090"});
    CHECK(made.timeout == 2s);
    CHECK(made.reconcile == 0s);
    CHECK(made.external_labels.empty());
    CHECK(made.http == http_config{});
    CHECK(made.http.follow_redirects);
    CHECK(made.http.tls.min_version == tls_version::tls12);
}

TEST_CASE("a file with a query needs no source, one without has none", "[prometheus]") {
    CHECK(
        loaded("policies: [{service: web, max: 3, query: q, target: 5}]").prometheus == prometheus_source{}
    );
    CHECK_FALSE(loaded("policies: [{service: web, max: 3, alert: X, scale: =2}]").prometheus.has_value());
}

TEST_CASE("a source has one address or several, a deadline and labels", "[prometheus]") {
    CHECK(source("url: 'http://p:9090'").urls == std::vector<std::string>{"http://p:9090"});
    auto const made = source("url: ['https://a/prom/', 'HTTP://[::1]:9090'], timeout: 500ms, reconcile: 1m, "
                             "external_labels: {cluster: north, zone: ''}");
    CHECK(made.urls == std::vector<std::string>{"https://a/prom/", "HTTP://[::1]:9090"});
    CHECK(made.timeout == 500ms);
    CHECK(made.reconcile == 1min);
    CHECK(made.external_labels == pairs{{"cluster", "north"}, {"zone", ""}});
}

TEST_CASE("every way to say who we are is read", "[prometheus]") {
    CHECK(source("basic_auth: {username: u, password: p}").http.basic == basic_auth{{"u", ""}, {"p", ""}});
    CHECK(
        source("basic_auth: {username_file: /run/u, password_file: /run/p}").http.basic ==
        basic_auth{{"", "/run/u"}, {"", "/run/p"}}
    );
    CHECK(source("authorization: {credentials: c}").http.credentials == authorization{"Bearer", {"c", ""}});
    CHECK(
        source("authorization: {type: Token, credentials_file: /run/c}").http.credentials ==
        authorization{"Token", {"", "/run/c"}}
    );
    CHECK(source("bearer_token: b").http.credentials == authorization{"Bearer", {"b", ""}});
    CHECK(source("bearer_token_file: /run/b").http.credentials == authorization{"Bearer", {"", "/run/b"}});
}

TEST_CASE("tls_config is read", "[prometheus]") {
    auto const made = source("tls_config: {ca_file: /ca, cert_file: /c, key_file: /k, server_name: s, "
                             "insecure_skip_verify: true, min_version: TLS10, max_version: TLS13}")
                          .http.tls;
    tls_config wanted{{"", "/ca"}, {"", "/c"}, {"", "/k"}, "s", true, tls_version::tls10, tls_version::tls13};
    CHECK(made == wanted);
    auto const text = source("tls_config: {ca: A, cert: C, key: K, min_version: TLS11}").http.tls;
    CHECK(text == tls_config{{"A", ""}, {"C", ""}, {"K", ""}, "", false, tls_version::tls11, std::nullopt});
}

TEST_CASE("headers are texts or Prometheus' lists", "[prometheus]") {
    CHECK(
        source("http_headers: {X-Scope-OrgID: tenant, X-Two: {values: [a, b], secrets: [c]}}").http.headers ==
        pairs{{"X-Scope-OrgID", "tenant"}, {"X-Two", "a"}, {"X-Two", "b"}, {"X-Two", "c"}}
    );
    CHECK_FALSE(source("follow_redirects: false").http.follow_redirects);
    CHECK(source("enable_http2: false").http == http_config{});
}

TEST_CASE("a relative path begins in the folder of the policy file", "[prometheus]") {
    auto const path = [](std::string const& file) {
        return source("bearer_token_file: secrets/../token", file).http.credentials->credentials.file;
    };
    CHECK(path("policy.yml") == "token");
    CHECK(path("/etc/autoscaler/policy.yml") == "/etc/autoscaler/token");
    CHECK(path("conf/policy.yml") == "conf/token");
}

TEST_CASE("a fault in the source is told at its place", "[prometheus]") {
    auto const given = GENERATE(values<row>({
        {"$a[[http://p]]", "prometheus must be a map of keys and values, not \"http://p\""},
        {"{$a[[urls]]: 'http://p'}", "unknown key \"urls\"; did you mean \"url\"?"},
        {"{url: $a[[p:9090]]}", "prometheus.url: \"p:9090\" must begin with http:// or https://"},
        {"{url: ['http://a', $a[['ftp://p']]]}",
         "prometheus.url: \"ftp://p\" must begin with http:// or https://"},
        {"{url: $a[['http://']]}", "prometheus.url: \"http://\" has no host"},
        {"{url: $a[['http://:9090']]}", "prometheus.url: \"http://:9090\" has no host"},
        {"{url: $a[['http://[::1']]}", "prometheus.url: \"http://[::1\" has a \"[\" that is not closed"},
        {"{url: $a[['http://p:0']]}",
         "prometheus.url: \"http://p:0\" has a bad port: expected a number from 1 to 65535"},
        {"{url: $a[['http://p:70000/x']]}",
         "prometheus.url: \"http://p:70000/x\" has a bad port: expected a number from 1 to 65535"},
        {"{url: $a[['http://u:p@host']]}",
         "prometheus.url: \"http://...@host\" has a name or password in it; write them under basic_auth"},
        {"{url: $a[['u:p@x@host']]}", "prometheus.url: \"...@host\" must begin with http:// or https://"},
        {"{url: $a[['https://u:p w@host']]}",
         "prometheus.url: \"https://...@host\" has a character that no address has; write it "
         "percent-encoded"},
        {"{url: $a[['http://a b']]}",
         "prometheus.url: \"http://a b\" has a character that no address has; write it percent-encoded"},
        {"{url: $a[['http://p#x']]}",
         "prometheus.url: \"http://p#x\" has a fragment (\"#\"), which is never sent"},
        {"{url: $a[['http://p?x=y']]}",
         "prometheus.url: \"http://p?x=y\" has a query (\"?\"); write the address of the server alone"},
        {"{url: $a[[[]]]}", "prometheus.url must be a URL or a list of URLs, not an empty list"},
        {"{url: ['http://a', $a[['http://a']]]}", "prometheus.url: \"http://a\" is listed twice"},
        {"{timeout: $a[[0s]]}", "prometheus.timeout of 0s would never get an answer"},
        {"{timeout: $a[[2]]}", "prometheus.timeout: duration \"2\" has no unit; did you mean 2s?"},
        {"{reconcile: $a[[[]]]}", "prometheus.reconcile must be a duration such as 60s, not a list"},
        {"{external_labels: {zone: $a[[1]]}}",
         "prometheus.external_labels \"zone\": \"1\" is a number to YAML; write it in quotes if it is meant "
         "as a text"},
        {"{external_labels: $a[[[]]]}",
         "prometheus.external_labels must be a map of keys and values, not a list"},
    }));
    CAPTURE(given.fields);
    CHECK(faults_in(given.fields) == lines{"a: error: " + given.fault});
}

TEST_CASE("a list of addresses has an end", "[prometheus]") {
    std::string urls;
    for (int i = 0; i < 21; ++i)
        urls += "'http://p" + std::to_string(i) + "', ";
    CHECK(
        faults_in("{url: $a[[[]]" + urls + "]}") ==
        lines{"a: error: prometheus.url has 21 entries: at most 20"}
    );
}

TEST_CASE("a fault in http_config is told at its place", "[prometheus]") {
    std::string const p = "prometheus.";
    std::string const direct =
        " is not supported: reach the server directly, with basic_auth or authorization";
    auto const given = GENERATE_COPY(values<row>({
        {"{basic_auth: $a[[{]]password: p}}", p + "basic_auth has neither username nor username_file"},
        {"{basic_auth: {username: u, $a[[username_file]]: f}}",
         p + "basic_auth has both username and username_file: write one of them"},
        {"{basic_auth: {username: u, password_file: f, $a[[password]]: p}}",
         p + "basic_auth has both password and password_file: write one of them"},
        {"{basic_auth: {username: u, password: $a[[1234]]}}",
         p + "basic_auth.password is a number to YAML; write it in quotes if it is meant as a text"},
        {"{bearer_token: $a[[1234]]}",
         p + "bearer_token is a number to YAML; write it in quotes if it is meant as a text"},
        {"{bearer_token: $a[['']]}", p + "bearer_token must not be empty"},
        {"{http_headers: {A: $a[[1234]]}}",
         p + "http_headers.A is a number to YAML; write it in quotes if it is meant as a text"},
        {"{http_headers: {A: {secrets: $a[[s3cret]]}}}",
         p + "http_headers.A.secrets must be a list of texts, not a text"},
        {"{authorization: $a[[{]]type: Bearer}}",
         p + "authorization has neither credentials nor credentials_file"},
        {"{authorization: {type: $a[[Basic]], credentials: c}}",
         p + "authorization.type cannot be \"basic\"; write basic_auth instead"},
        {"{authorization: {type: $a[['a b']], credentials: c}}",
         p + "authorization.type must be one word, not \"a b\""},
        {"{authorization: {credentials: c, $a[[credentials_file]]: f}}",
         p + "authorization has both credentials and credentials_file: write one of them"},
        {"{authorization: $a[[{]]credentials: \"a\\nb\"}}",
         p + "authorization.credentials must be one line without control characters"},
        {"{bearer_token: $a[[\"a\\r\"]]}", p + "bearer_token must be one line without control characters"},
        {"{bearer_token: b, $a[[bearer_token_file]]: f}",
         "prometheus has both bearer_token and bearer_token_file: write one of them"},
        {"{basic_auth: {username: u}, $a[[bearer_token]]: b}",
         "prometheus has more than one of basic_auth, authorization and bearer_token: keep one"},
        {"{authorization: {credentials: c}, $a[[basic_auth]]: {username: u}}",
         "prometheus has more than one of basic_auth, authorization and bearer_token: keep one"},
        {"{tls_config: $a[[{]]cert_file: c}}", p + "tls_config has a certificate and no key: add key_file"},
        {"{tls_config: $a[[{]]key: k}}", p + "tls_config has a key and no certificate: add cert_file"},
        {"{tls_config: {ca: A, $a[[ca_file]]: f}}",
         p + "tls_config has both ca and ca_file: write one of them"},
        {"{tls_config: {min_version: $a[[TLS9]]}}",
         p + "tls_config.min_version must be TLS10, TLS11, TLS12 or TLS13, not \"TLS9\""},
        {"{tls_config: $a[[{]]max_version: TLS11}}",
         p + "tls_config: max_version is below min_version (TLS12 by default)"},
        {"{tls_config: {insecure_skip_verify: $a[[yes]]}}",
         p + "tls_config.insecure_skip_verify must be true or false, not \"yes\"; write true without quotes"},
        {"{http_headers: {$a[['a b']]: x}}", "\"a b\" cannot be the name of a header"},
        {"{http_headers: {$a[[authorization]]: x}}",
         "the header \"authorization\" cannot be set here: it is the request's own"},
        {"{http_headers: {X-A: $a[[\"a\\nb\"]]}}",
         p + "http_headers.X-A must be one line without control characters"},
        {"{http_headers: {X-A: {values: $a[[a]]}}}",
         p + "http_headers.X-A.values must be a list of texts, not a text"},
        {"{basic_auth: $a[['u:p']]}", p + "basic_auth must be a map of keys and values, not a text"},
        {"{authorization: $a[[Bearer x]]}", p + "authorization must be a map of keys and values, not a text"},
        {"{http_headers: {X-A: {$a[[files]]: [a]}}}",
         p + "http_headers.X-A.files is not supported: write values or secrets"},
        {"{http_headers: {X-A: $a[[[a]]]}}",
         p + "http_headers.X-A must be a map of keys and values, not a list"},
        {"{follow_redirects: $a[[1]]}", p + "follow_redirects must be true or false, not \"1\""},
        {"{enable_http2: $a[[true]]}", p + "enable_http2 can only be false: requests are made with HTTP/1.1"},
        {"{$a[[oauth2]]: {}}", p + "oauth2" + direct},
        {"{$a[[proxy_url]]: 'http://p'}", p + "proxy_url" + direct},
        {"{$a[[no_proxy]]: x}", p + "no_proxy" + direct},
        {"{$a[[proxy_from_environment]]: true}", p + "proxy_from_environment" + direct},
        {"{$a[[proxy_connect_header]]: {}}", p + "proxy_connect_header" + direct},
    }));
    CAPTURE(given.fields);
    CHECK(faults_in(given.fields) == lines{"a: error: " + given.fault});
}

} // namespace autoscaler::policy::tests
