// `alertmanagers:` of a policy file.
#include "support/catch.hpp"
#include "unit/yaml/loaded.hpp"
#include "unit/yaml/marked_text.hpp"

namespace autoscaler::policy::tests {

namespace {

std::string const rest = "\npolicies: [{alert: X, service: web, scale: =2, max: 3}]\n";

std::vector<alertmanager_source> sources(std::string const& value) {
    return loaded("alertmanagers: " + value + rest).alertmanagers;
}

struct row {
    std::string value;
    std::string fault;
};

} // namespace

TEST_CASE("no Alertmanager is asked unless one is listed", "[alertmanagers]") {
    CHECK(loaded("policies: [{alert: X, service: web, scale: =2, max: 3}]").alertmanagers.empty());
    CHECK(sources("[]").empty());
}

TEST_CASE("an Alertmanager is an address, or a map with the keys of http_config", "[alertmanagers]") {
    auto const made =
        sources("[http://a:9093, {url: 'https://b/prefix/', receiver: scaler, basic_auth: {username: u, "
                "password_file: pw}, tls_config: {ca_file: /ca}, follow_redirects: false}]");
    REQUIRE(made.size() == 2);
    CHECK(made[0] == alertmanager_source{.url = "http://a:9093", .http = {}});
    CHECK(made[1].url == "https://b/prefix/");
    CHECK(made[1].receiver == "scaler");
    CHECK(made[1].http.basic == basic_auth{{"u", ""}, {"", "pw"}});
    CHECK(made[1].http.tls.ca.file == "/ca");
    CHECK_FALSE(made[1].http.follow_redirects);
}

TEST_CASE("a fault in the list of Alertmanagers is told at its place", "[alertmanagers]") {
    auto const given = GENERATE(values<row>({
        {"$a[[http://a]]",
         "alertmanagers must be a list such as ['http://alertmanager:9093'], not \"http://a\""},
        {"$a[[{url: 'http://a'}]]",
         "alertmanagers must be a list such as ['http://alertmanager:9093'], not a map"},
        {"[$a[['a:9093']]]", "alertmanagers: \"a:9093\" must begin with http:// or https://"},
        {"[$a[['http://u:p@a']]]",
         "alertmanagers: \"http://...@a\" has a name or password in it; write them under basic_auth"},
        {"[$a[['http://a/?x=y']]]",
         "alertmanagers: \"http://a/?x=y\" has a query (\"?\"); write the address of the server alone"},
        {"[http://a, $a[[http://a]]]", "alertmanagers: \"http://a\" is listed twice"},
        {"[http://a, {url: $a[[http://a]]}]", "alertmanagers: \"http://a\" is listed twice"},
        {"[$a[[{bearer_token: t}]]]", "an entry of alertmanagers has no \"url\": which Alertmanager is asked?"
        },
        {"[{url: $a[[a]]}]", "alertmanagers.url: \"a\" must begin with http:// or https://"},
        {"[{url: http://a, receiver: $a[[[x]]]}]", "alertmanagers.receiver must be a text, not a list"},
        {"[{url: http://a, $a[[tls_confg]]: {}}]", "unknown key \"tls_confg\"; did you mean \"tls_config\"?"},
        {"[{url: http://a, $a[[proxy_url]]: http://p}]",
         "alertmanagers.proxy_url is not supported: reach the server directly, with basic_auth or "
         "authorization"},
        {"[{url: http://a, bearer_token: t, $a[[basic_auth]]: {username: u}}]",
         "alertmanagers has more than one of basic_auth, authorization and bearer_token: keep one"},
    }));
    CAPTURE(given.value);
    CHECK(faults_of("alertmanagers: " + given.value + rest) == lines{"a: error: " + given.fault});
}

TEST_CASE("twenty Alertmanagers are enough", "[alertmanagers]") {
    std::string list = "http://a0";
    for (int i = 1; i < 21; ++i)
        list += ", http://a" + std::to_string(i);
    CHECK(
        faults_of("alertmanagers: $a[[[" + list + "]]]" + rest) ==
        lines{"a: error: alertmanagers has 21 entries: at most 20"}
    );
}

TEST_CASE("Alertmanagers belong to the top of the file", "[alertmanagers]") {
    CHECK(
        faults_of("policies: [{alert: X, service: web, scale: =2, max: 3, $a[[alertmanagers]]: []}]\n") ==
        lines{"a: error: \"alertmanagers\" belongs to the top of the file, not to a policy"}
    );
}

} // namespace autoscaler::policy::tests
