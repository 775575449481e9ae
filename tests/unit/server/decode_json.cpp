#include "server/alertmanager/go_json.hpp"
#include "support/catch.hpp"

using namespace autoscaler::server::alertmanager;

TEST_CASE("JSON that Go refuses is refused in Go's words") {
    struct row {
        std::string text;
        std::string error;
    };

    for (auto const& [text, error] : {
             row{"hello", "invalid character 'h' looking for beginning of value"},
             row{"[1,2", "unexpected EOF"},
             row{"[1 2]", "invalid character '2' after array element"},
             row{R"({"a" 1})", "invalid character '1' after object key"},
             row{R"({"a":1 "b"})", "invalid character '\"' after object key:value pair"},
             row{"{1:2}", "invalid character '1' looking for beginning of object key string"},
             row{R"({"a":1,})", "invalid character '}' looking for beginning of object key string"},
             row{"[1,]", "invalid character ']' looking for beginning of value"},
             row{"[tru]", "invalid character ']' in literal true (expecting 'e')"},
             row{"nulx", "invalid character 'x' in literal null (expecting 'l')"},
             row{"nul", "unexpected EOF"},
             row{"[-]", "invalid character ']' in numeric literal"},
             row{"[1.]", "invalid character ']' after decimal point in numeric literal"},
             row{"[1e+]", "invalid character ']' in exponent of numeric literal"},
             row{"[01]", "invalid character '1' after array element"},
             row{R"(["\x"])", "invalid character 'x' in string escape code"},
             row{R"(["\u12g4"])", "invalid character 'g' in \\u hexadecimal character escape"},
             row{R"(["\ud800\uZ"])", "invalid character 'Z' in \\u hexadecimal character escape"},
             row{std::string("[\"a\0b\"]", 7), "invalid character '\\x00' in string literal"},
             row{"[\"a\nb\"]", "invalid character '\\n' in string literal"},
             row{"\xEF\xBB\xBF[]", "invalid character '\u00EF' looking for beginning of value"},
             row{"\x80", "invalid character '\\u0080' looking for beginning of value"},
             row{"\x7F", "invalid character '\\x7f' looking for beginning of value"},
             row{"'", "invalid character '\\'' looking for beginning of value"},
             row{"\\", "invalid character '\\\\' looking for beginning of value"},
         }) {
        INFO(text);
        auto const read = read_go_json(text);
        CHECK(read.what == go_json::kind::invalid);
        CHECK(read.error == error);
    }
}

TEST_CASE("JSON that Go takes is repaired to strict JSON of the same meaning") {
    struct row {
        std::string text;
        std::string repaired;
    };

    for (auto const& [text, repaired] : {
             row{"[1][2]", "[0]"},
             row{" null x", "null"},
             row{"12x", "0"},
             row{"[1e999,-0.5E+3,123456789012345678901234567890]", "[0,0,0]"},
             row{"[\"a\xFF\xFE\x62\"]", R"(["a\ufffd\ufffdb"])"},
             row{"[\"\xED\xA0\x80\"]", R"(["\ufffd\ufffd\ufffd"])"},
             row{"[\"\xC3\xA9 \xF0\x9F\x9A\x80\"]", "[\"\xC3\xA9 \xF0\x9F\x9A\x80\"]"},
             row{R"(["\ud800"])", R"(["\ufffd"])"},
             row{R"(["\ud800\ud800\udc00"])", R"(["\ufffd\ud800\udc00"])"},
             row{R"(["\udc00\u0041\ud800\n"])", R"(["\ufffd\u0041\ufffd\n"])"},
             row{R"( { "a" : [ true , false ] , "b" : { } } )", R"({"a":[true,false],"b":{}})"},
         }) {
        INFO(text);
        auto const read = read_go_json(text);
        CHECK(read.what == go_json::kind::value);
        CHECK(read.repaired == repaired);
    }
}

TEST_CASE("a body of blanks is empty, not wrong") {
    CHECK(read_go_json("").what == go_json::kind::empty);
    CHECK(read_go_json(" \t\r\n").what == go_json::kind::empty);
    CHECK(read_go_json(" [").what == go_json::kind::invalid);
}

TEST_CASE("nesting ends where Go ends it") {
    std::string const deepest = std::string(10000, '[') + std::string(10000, ']');
    CHECK(read_go_json(deepest).what == go_json::kind::value);
    CHECK(read_go_json("[" + deepest + "]").error == "invalid character '[' exceeded max depth");
}
