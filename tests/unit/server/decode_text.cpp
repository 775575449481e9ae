#include "server/alertmanager/go_text.hpp"
#include "server/alertmanager/media_type.hpp"
#include "server/alertmanager/request_uri.hpp"
#include "support/catch.hpp"

using namespace autoscaler::server::alertmanager;

TEST_CASE("text is written into JSON as Go writes it") {
    CHECK(json_string("a\"\\\n\r\t\x01<&>", true) == R"("a\"\\\n\r\t\u0001\u003c\u0026\u003e")");
    CHECK(json_string("<&>", false) == R"("<&>")");
    CHECK(json_string("\u2028\u2029\xFF\u00E9", false) == "\"\\u2028\\u2029\\ufffd\u00E9\"");
    CHECK(quoted("a\"b\\\x7F\n\xFF\u00E9") == "\"a\\\"b\\\\\\x7f\\n\\xff\u00E9\"");
}

TEST_CASE("only well-formed UTF-8 counts as a character") {
    for (std::string_view const good : {"a", "\xC2\x80", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xF4\x8F\xBF\xBF"})
        CHECK(utf8_length(good, 0) == good.size());
    for (std::string_view const bad :
         {"\x80",
          "\xC0\x80",
          "\xC3",
          "\xE0\x9F\x80",
          "\xED\xA0\x80",
          "\xF4\x90\x80\x80",
          "\xF0\x80\x80\x80",
          "\xE2\x82"})
        CHECK(utf8_length(bad, 0) == 0);
}

TEST_CASE("a Content-Type is read as Go's mime package reads it") {
    struct row {
        std::string field;
        std::string name;
        std::string error;
    };

    for (auto const& [field, name, error] : {
             row{"", "", ""},
             row{" ", "", ""},
             row{"application/json", "application/json", ""},
             row{"APPLICATION/JSON ; a=b", "application/json", ""},
             row{"application/json;", "application/json", ""},
             row{"application/json; charset=\"utf-8\"; a=b", "application/json", ""},
             row{"application/json; charset = utf-8", "application/json", ""},
             row{"json", "json", ""},
             row{";;;", "", "mime: no media type"},
             row{"/json", "/json", "mime: no media type"},
             row{"application/", "application/", "mime: expected token after slash"},
             row{"application /json", "application /json", "mime: expected slash after first token"},
             row{"application/json x", "application/json x", "mime: unexpected content after media subtype"},
             row{"application/json; x", "application/json", "mime: invalid media parameter"},
             row{"application/json; x=\"y", "application/json", "mime: invalid media parameter"},
             row{"application/json;;", "application/json", "mime: invalid media parameter"},
             row{"application/json;a=b;A=c", "application/json", "mime: duplicate parameter name"},
         }) {
        INFO(field);
        auto const read = read_media_type(field);
        CHECK(read.name == name);
        CHECK(read.error == error);
    }
}

TEST_CASE("generatorURL passes where Go's url.ParseRequestURI passes it") {
    for (auto const* const good :
         {"http://a/b c",
          "http://[::1]/",
          "http://[::1]:8/",
          "http://[fe80::1%25en0]/",
          "http://a:80/",
          "http://a:/",
          "http://a/?%zz",
          "*",
          "x:y",
          "http:",
          "http://",
          "http://u:p@h/",
          "//h/p",
          "mailto:a b",
          "a+b:c",
          "http://\xC3\xA9/",
          "http://a<b>/",
          "http:/a",
          "/graph",
          "javascript:x",
          "http://a@b@c/",
          "http://a:b@h:80:90/"}) {
        INFO(good);
        CHECK(is_request_uri(good));
    }
    for (auto const* const bad : {"",
                                  "not a url",
                                  "http://a b/",
                                  "http://[::1",
                                  "http://[::1]x/",
                                  "http://a:x/",
                                  "http://a/%zz",
                                  "/x%zz",
                                  "1x:y",
                                  ":x",
                                  "http://u p@h/",
                                  "\xC3\xA9:x",
                                  "http://a%41/",
                                  "x",
                                  "?q",
                                  "#x",
                                  "http://a\\b/",
                                  "http://a/\x7F",
                                  "foo/bar:x",
                                  "http://a^b/",
                                  "http://a|b/",
                                  "http://a%"}) {
        INFO(bad);
        CHECK_FALSE(is_request_uri(bad));
    }
}
