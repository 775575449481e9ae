// Filters and flags of queries.
#include "server/alertmanager/answer.hpp"
#include "server/alertmanager/filter.hpp"
#include "server/alertmanager/go_regex.hpp"
#include "server/alertmanager/url_query.hpp"
#include "support/catch.hpp"

using namespace autoscaler;
using namespace autoscaler::server::alertmanager;

namespace {

std::string shown(std::string_view text) {
    auto const read = read_filter(text);
    if (auto const* const fault = std::get_if<std::string>(&read))
        return *fault;
    return std::get<policy::matcher>(read).text();
}

} // namespace

TEST_CASE("a filter is read as Alertmanager reads it", "[filter]") {
    struct {
        std::string_view text;
        std::string_view means;
    } const rows[] = {
        {"a=b", R"(a="b")"},
        {R"(a="b")", R"(a="b")"},
        {"\t a \n!= \r b c \f", R"(a!="b c")"},
        {"a=~b.*", R"(a=~"b.*")"},
        {R"(a!~"b|c")", R"(a!~"b|c")"},
        {"a==b", R"(a="=b")"},
        {"a=", R"(a="")"},
        {R"(a="")", R"(a="")"},
        {"_:x9=1", R"(_:x9="1")"},
        {R"(a="q\"s\\b\nn\x")", R"(a="q\"s\\b\nn\\x")"},
        {R"(a=b\)", R"(a="b\\")"},
        {R"(a="b,c}{")", R"(a="b,c}{")"},
        {R"("größe"="XL")", R"(größe="XL")"},
        {R"( "a \"b\"" =~ x)", R"(a "b"=~"x")"},
    };

    for (auto const& row : rows) {
        INFO(row.text);
        CHECK(shown(row.text) == row.means);
    }
}

TEST_CASE("a filter is refused in Alertmanager's words", "[filter]") {
    struct {
        std::string_view text;
        std::string_view says;
    } const rows[] = {
        {"", "bad matcher format: "},
        {"alertname", "bad matcher format: alertname"},
        {"=x", "bad matcher format: =x"},
        {"a!x", "bad matcher format: a!x"},
        {R"(a-b="c")", R"(bad matcher format: a-b="c")"},
        {R"({a="b"})", R"(bad matcher format: {a="b"})"},
        {R"("alertname"="A")", R"(bad matcher format: "alertname"="A")"},
        {R"(""="A")", R"(bad matcher format: ""="A")"},
        {R"("open=x)", R"(bad matcher format: "open=x)"},
        {"\"\xFF\"=x", "bad matcher format: \"\xFF\"=x"},
        {"1a=b", "bad matcher format: 1a=b"},
        {R"(a="b)", R"(matcher value contains unescaped double quote: "b)"},
        {R"(a=b"c)", R"(matcher value contains unescaped double quote: b"c)"},
        {R"(a="b\")", R"(matcher value contains unescaped double quote: "b\")"},
        {R"(a=")", R"(matcher value contains unescaped double quote: ")"},
        {R"(a="b",c="d")", R"(matcher value contains unescaped double quote: "b",c="d")"},
        {"a=\xFF", "matcher value not valid UTF-8: \xFF"},
        {"a=~(", "error parsing regexp: missing closing ): `^(?:()$`"},
        {"a=~[", "error parsing regexp: missing closing ]: `[)$`"},
        {"a=~*", "error parsing regexp: missing argument to repetition operator: `*`"},
        {"a=~x)(y", "error parsing regexp: unexpected ): `x)(y`"},
        {R"(a=~\y)", "error parsing regexp: invalid escape sequence: `\\y`"},
        {"a=~x{1001}", "error parsing regexp: invalid repeat count: `{1001}`"},
        {"a=~(?<x>y)", "error parsing regexp: invalid or unsupported Perl syntax: `(?<`"},
    };

    for (auto const& row : rows) {
        INFO(row.text);
        CHECK(shown(row.text) == row.says);
    }
}

TEST_CASE("more than a hundred filters are refused", "[filter]") {
    std::vector<std::string_view> texts(most_filters, "a=b");
    CHECK(std::get<std::vector<policy::matcher>>(read_filters(texts)).size() == most_filters);
    texts.emplace_back("a=b");
    CHECK(std::get<std::string>(read_filters(texts)) == "too many filters: 101 (limit: 100)");
}

TEST_CASE("a query without sense is as if it were not there", "[query]") {
    url_query const query("filter=a%3D1&&filter=%zz&filter=a%2&x;y=1&filter=b+c&%66ilter=d&active&=e&filter");
    CHECK(query.all("filter") == std::vector<std::string_view>{"a=1", "b c", "d", ""});
    CHECK(query.all("x;y").empty());
    CHECK(query.last("filter").empty());
    CHECK(query.last("active").empty());
    CHECK(query.last("nothing").empty());
}

TEST_CASE("a flag is what its last value says, and no text is an error", "[query]") {
    for (auto const* const yes :
         {"true", "1", "yes", "ok", "y", "on", "selected", "checked", "t", "enabled", "TRUE", "On"}) {
        INFO(yes);
        CHECK(url_query("a=" + std::string(yes)).flag("a", false));
    }
    for (auto const* const no : {"false", "0", "maybe", "tru", " true", "2"}) {
        INFO(no);
        CHECK_FALSE(url_query("a=" + std::string(no)).flag("a", true));
    }
    CHECK(url_query("a=no&a=yes").flag("a", false));
    CHECK_FALSE(url_query("a=yes&a=no").flag("a", true));
    CHECK(url_query("a=").flag("a", true));
    CHECK_FALSE(url_query("").flag("a", false));
}

TEST_CASE("a client gets JSON where it takes it", "[query]") {
    for (auto const* const takes :
         {"",
          " ",
          ",",
          ";q=1",
          "\"application/json\"",
          "*/*",
          "application/json",
          "Application/JSON;q=0.1",
          "text/html, application/*",
          "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}) {
        INFO(takes);
        CHECK(accepts_json(takes));
    }
    for (auto const* const not_that :
         {"text/html", "application/json;q=0", "*/*; q=0.00", "application/xml, text/*", "text/html, ,*/*"}) {
        INFO(not_that);
        CHECK_FALSE(accepts_json(not_that));
    }
}

TEST_CASE("a pattern with a broken byte is refused with what begins there") {
    CHECK(regex_fault("ab\xC3\xA9\xFFz") == "error parsing regexp: invalid UTF-8: `\xFFz`");
}
