#include "server/http/router.hpp"
#include "support/catch.hpp"

using namespace autoscaler::server::http;

namespace {

handler says(std::string what) {
    return [what](request const&) { return text(200, what); };
}

struct fixture {
    explicit fixture(std::string_view prefix = "/") : routes(prefix) {
        routes.add("POST", "/api/v2/alerts", says("alerts"));
        routes.add("GET", "/api/v2/silence/{id}", says("silence"));
        routes.add("DELETE", "/api/v2/silence/{id}", says("delete"));
        routes.add("PUT", "/x/{a}/y/{b}", says("two"));
        routes.add("POST", "/alert", says("webhook"));
        routes.add("POST", "/", says("webhook"));
        routes.add("GET", "/", says("page"));
        routes.add_area(
            {"/api/v2",
             [](request const& asked) { return json(404, "no " + std::string(asked.route_path)); },
             [](request const&, std::string_view allowed) {
                 return json(405, "not in " + std::string(allowed));
             }}
        );
    }

    // The handler's text, or the refusal's status.
    std::string ask(std::string_view method, std::string_view path) {
        asked = {};
        asked.method = method;
        asked.path = path;
        asked.fields = fields;
        auto const chosen = routes.choose(asked);
        answer = chosen.found != nullptr ? chosen.found->now(asked) : chosen.refusal;
        return answer.status == 200 ? answer.body : std::to_string(answer.status);
    }

    router routes;
    request asked;
    response answer;
    std::vector<field> fields;
};

struct prefixed : fixture {
    prefixed() : fixture("/scale/") {}
};

} // namespace

TEST_CASE_METHOD(fixture, "paths are served at the root and below /alert") {
    CHECK(ask("POST", "/api/v2/alerts") == "alerts");
    CHECK(ask("POST", "/alert/api/v2/alerts") == "alerts");
    CHECK(ask("POST", "/api/v2/alerts/") == "alerts");
    for (auto const* const path : {"/", "/alert", "/alert/"})
        CHECK(ask("POST", path) == "webhook");
    CHECK(ask("GET", "/alert/") == "page");
}

TEST_CASE_METHOD(prefixed, "with a prefix, paths are served below it and below /alert, and nowhere else") {
    CHECK(ask("POST", "/scale/api/v2/alerts") == "alerts");
    CHECK(ask("POST", "/alert/api/v2/alerts") == "alerts");
    CHECK(ask("POST", "/scale") == "webhook");
    CHECK(ask("POST", "/scale/alert") == "webhook");
    CHECK(ask("POST", "/api/v2/alerts") == "404");
    CHECK(ask("POST", "/scaled/api/v2/alerts") == "404");
    CHECK(ask("POST", "/alertmanager/api/v2/alerts") == "404");
    CHECK(ask("POST", "/") == "404");
}

TEST_CASE_METHOD(fixture, "a path is never cleaned and never redirected") {
    for (auto const* const path :
         {"//api/v2/alerts", "/api/../api/v2/alerts", "/API/v2/alerts", "*", "", "http://x/"}) {
        INFO(path);
        CHECK(ask("POST", path) == "404");
        CHECK(answer.body == "404 page not found\n");
    }
}

TEST_CASE_METHOD(fixture, "an API answers its errors in its own shape, with Allow for a wrong method") {
    CHECK(ask("GET", "/api/v2/nope") == "404");
    CHECK(answer.body == "no /api/v2/nope");
    CHECK(ask("GET", "/alert/api/v2/nope/") == "404");
    CHECK(answer.body == "no /api/v2/nope/");
    CHECK(ask("PUT", "/api/v2/silence/1") == "405");
    CHECK(answer.body == "not in GET,DELETE");
    CHECK(answer.fields.front() == std::pair<std::string, std::string>{"Allow", "GET,DELETE"});
    CHECK(ask("PUT", "/") == "405");
    CHECK(answer.body == "Method Not Allowed\n");
    CHECK(ask("GET", "/api/v20") == "404");
    CHECK(answer.body == "404 page not found\n");
}

TEST_CASE_METHOD(fixture, "a place takes one whole segment") {
    CHECK(ask("GET", "/api/v2/silence/a%20b") == "silence");
    CHECK(asked.parameters[0] == "a%20b");
    CHECK(percent_decode(asked.parameters[0]) == "a b");
    CHECK(ask("PUT", "/alert/x/1/y/2/") == "two");
    CHECK(asked.parameters == std::array<std::string_view, 2>{"1", "2"});
    CHECK(ask("GET", "/api/v2/silence") == "404");
    CHECK(ask("GET", "/api/v2/silence/") == "404");
    CHECK(ask("GET", "/api/v2/silence/1/2") == "404");
}

TEST_CASE_METHOD(fixture, "HEAD is answered where GET is") {
    CHECK(ask("HEAD", "/") == "page");
    CHECK(ask("HEAD", "/api/v2/alerts") == "405");
}

TEST_CASE_METHOD(fixture, "a page of another origin changes nothing") {
    fields = {{"Host", "auto:9093"}, {"Origin", "http://evil.example"}};
    CHECK(ask("POST", "/api/v2/alerts") == "403");
    CHECK(ask("GET", "/") == "page");
    fields[1].value = "null";
    CHECK(ask("POST", "/alert") == "403");
    fields[1].value = "http://auto:9093";
    CHECK(ask("POST", "/alert") == "webhook");
    fields[1].value = "https://grafana.example";
    routes.allow_origin("https://grafana.example");
    CHECK(ask("POST", "/alert") == "webhook");
}

TEST_CASE("percent-decoding leaves broken escapes alone") {
    CHECK(percent_decode("a%2Fb%zz%4%") == "a/b%zz%4%");
    CHECK(percent_decode("%00").size() == 1);
}
