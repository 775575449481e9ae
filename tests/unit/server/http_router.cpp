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

TEST_CASE_METHOD(fixture, "our own origin is the one of the Host, however the two are written") {
    auto const may = [&](std::string_view host, std::string_view origin) {
        fields = {{"Host", host}, {"Origin", origin}};
        return ask("POST", "/alert") == "webhook";
    };
    CHECK(may("auto:9093", "http://auto:9093"));
    CHECK(may("Auto:9093", "HTTP://aUTO:9093"));
    CHECK(may("auto:9093", "https://auto:9093")); // a proxy may speak TLS for us
    CHECK(may("auto", "http://auto:80"));
    CHECK(may("auto:80", "http://auto"));
    CHECK(may("auto", "https://auto:443"));
    CHECK(may("auto:443", "https://auto"));
    CHECK(may("[::1]:9093", "http://[::1]:9093"));
    for (auto const* const origin :
         {"null",
          "NULL",
          "auto:9093",
          "http://auto",
          "http://auto:9093.evil",
          "http://auto:9093/",
          "http://xauto:9093",
          "http://auto:9093@evil",
          "http://evil/auto:9093",
          "http://auto:909",
          "file://",
          "://",
          "http://"}) {
        INFO(origin);
        CHECK_FALSE(may("auto:9093", origin));
    }
    CHECK_FALSE(may("auto:443", "http://auto"));
    CHECK_FALSE(may("", "http://"));
    fields = {{"Origin", "http://auto"}}; // HTTP/1.0
    CHECK(ask("POST", "/alert") == "403");
}

TEST_CASE_METHOD(fixture, "browsers of listed origins are told that they may, and others nothing") {
    asked.method = "GET";
    fields = {{"Host", "auto"}, {"Origin", "https://grafana.example"}};
    asked.fields = fields;
    CHECK(routes.cors_fields(asked).empty());
    routes.allow_origin("https://grafana.example");
    CHECK(
        routes.cors_fields(asked) ==
        "Vary: Origin\r\nAccess-Control-Allow-Origin: https://grafana.example\r\n"
        "Access-Control-Expose-Headers: Date\r\nAccess-Control-Allow-Credentials: true\r\n"
    );
    for (auto const* const other : {"https://grafana.example.evil", "http://grafana.example", "null", ""}) {
        fields[1].value = other;
        CHECK(routes.cors_fields(asked) == "Vary: Origin\r\n");
    }
    routes.allow_origin("*");
    fields[1].value = "https://other";
    CHECK(
        routes.cors_fields(asked) == "Vary: Origin\r\nAccess-Control-Allow-Origin: https://other\r\n"
                                     "Access-Control-Expose-Headers: Date\r\n"
    );
    fields[1].value = "null";
    CHECK(routes.cors_fields(asked) == "Vary: Origin\r\n");
}

TEST_CASE_METHOD(fixture, "a browser that asks first is answered for listed origins alone, without a right") {
    fields = {
        {"Host", "auto"}, {"Origin", "https://karma.example"}, {"Access-Control-Request-Method", "POST"}
    };
    CHECK(ask("OPTIONS", "/api/v2/alerts") == "405");
    routes.allow_origin("https://karma.example");
    CHECK(ask("OPTIONS", "/api/v2/alerts") == "204");
    CHECK(answer.fields.front().second == "GET, POST, PUT, DELETE, OPTIONS");
    CHECK(routes.choose(asked).needed == right::open);
    fields.pop_back(); // no preflight
    CHECK(ask("OPTIONS", "/api/v2/alerts") == "405");
    CHECK(routes.choose(asked).needed == right::any);
}

TEST_CASE_METHOD(fixture, "a route needs what it was given, or what its method says") {
    routes.add("POST", "/bring", says("x"), right::ingest);
    routes.add("GET", "/open", says("x"), right::open);
    auto const needed = [&](std::string_view method, std::string_view path) {
        ask(method, path);
        return routes.choose(asked).needed;
    };
    CHECK(needed("POST", "/bring") == right::ingest);
    CHECK(needed("GET", "/open") == right::open);
    CHECK(needed("HEAD", "/") == right::read);
    CHECK(needed("DELETE", "/api/v2/silence/1") == right::change);
    CHECK(needed("GET", "/nowhere") == right::any);
    CHECK(needed("PUT", "/") == right::any);
}

TEST_CASE("percent-decoding leaves broken escapes alone") {
    CHECK(percent_decode("a%2Fb%zz%4%") == "a/b%zz%4%");
    CHECK(percent_decode("%00").size() == 1);
}
