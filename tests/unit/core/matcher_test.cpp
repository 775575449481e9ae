#include "policy/core/matcher.hpp"
#include "support/catch.hpp"
#include "support/core_values.hpp"

using namespace autoscaler::policy;
using namespace autoscaler::policy::testing;

namespace {

std::string fault_of(std::string_view text) {
    auto const made = matcher::parse(text);
    auto const* fault = std::get_if<std::string>(&made);
    return fault ? *fault : "";
}

} // namespace

TEST_CASE("a matcher is read in each form of the syntax", "[matcher]") {
    struct {
        std::string_view text;
        std::string_view name;
        matcher::op op;
        std::string_view value;
        std::string_view shown;
    } const rows[] = {
        {R"(a="b")", "a", matcher::op::equal, "b", R"(a="b")"},
        {R"(a=b)", "a", matcher::op::equal, "b", R"(a="b")"},
        {R"( a = "b" )", "a", matcher::op::equal, "b", R"(a="b")"},
        {R"(a!="b")", "a", matcher::op::not_equal, "b", R"(a!="b")"},
        {R"(a=~"b|c")", "a", matcher::op::matches, "b|c", R"(a=~"b|c")"},
        {R"(a!~"b.*")", "a", matcher::op::not_matches, "b.*", R"(a!~"b.*")"},
        {R"(a="")", "a", matcher::op::equal, "", R"(a="")"},
        {R"(a=)", "a", matcher::op::equal, "", R"(a="")"},
        {R"(a="x\"y\\z\n")", "a", matcher::op::equal, "x\"y\\z\n", R"(a="x\"y\\z\n")"},
        {R"(a=~"\d+")", "a", matcher::op::matches, R"(\d+)", R"(a=~"\\d+")"},
        {R"(a="b=c!=d")", "a", matcher::op::equal, "b=c!=d", R"(a="b=c!=d")"},
        {R"(service.name="größe")", "service.name", matcher::op::equal, "größe", R"(service.name="größe")"},
    };

    for (auto const& row : rows) {
        CAPTURE(row.text);
        auto const made = must_match(row.text);
        CHECK(made.name() == row.name);
        CHECK(made.operation() == row.op);
        CHECK(made.value() == row.value);
        CHECK(made.text() == row.shown);
        CHECK(must_match(made.text()) == made);
    }
}

TEST_CASE("a matcher that cannot be read says what is wrong", "[matcher]") {
    struct {
        std::string_view text;
        std::string_view fault;
    } const rows[] = {
        {"", R"(bad matcher "": expected NAME="VALUE", with one of = != =~ !~)"},
        {"alertname", R"(bad matcher "alertname": expected NAME="VALUE", with one of = != =~ !~)"},
        {"=x", R"(bad matcher "=x": expected NAME="VALUE", with one of = != =~ !~)"},
        {"a!x", R"(bad matcher "a!x": expected one of = != =~ !~ after a)"},
        {R"(a="b)", R"(bad matcher "a="b": its value has a quote that is not closed or not escaped)"},
        {R"(a=")", R"(bad matcher "a="": its value has a quote that is not closed or not escaped)"},
        {R"(a="b"c")", R"(bad matcher "a="b"c"": its value has a quote that is not closed or not escaped)"},
        {R"(a=b")", R"(bad matcher "a=b"": its value has a quote that is not closed or not escaped)"},
        {R"(a=~"(")", R"re(bad regular expression "(": missing ): ()re"},
    };

    for (auto const& row : rows) {
        CAPTURE(row.text);
        CHECK(fault_of(row.text) == row.fault);
    }
}

TEST_CASE("a regular expression cannot break out of its anchors", "[matcher]") {
    CHECK_FALSE(fault_of(R"(a=~"x)(y")").empty());
    CHECK_FALSE(fault_of(R"(a=~"x)|(?:y")").empty());
}

TEST_CASE("a matcher compares whole values, and a missing label as an empty one", "[matcher]") {
    std::vector<label> const labels{{"alertname", "Latency"}, {"severity", "page"}};
    CHECK(must_match(R"(severity="page")").matches(labels));
    CHECK_FALSE(must_match(R"(severity="pag")").matches(labels));
    CHECK(must_match(R"(severity!="pag")").matches(labels));
    CHECK(must_match(R"(severity=~"critical|page")").matches(labels));
    CHECK_FALSE(must_match(R"(severity=~"critical|pag")").matches(labels));
    CHECK_FALSE(must_match(R"(severity=~"age|critical")").matches(labels));
    CHECK(must_match(R"(severity!~"pag|critical")").matches(labels));
    CHECK(must_match(R"(team="")").matches(labels));
    CHECK(must_match(R"(team=~".*")").matches(labels));
    CHECK_FALSE(must_match(R"(team=~".+")").matches(labels));
    CHECK_FALSE(must_match(R"(team!="")").matches(labels));
}

TEST_CASE(
    "in a regular expression a dot is any character, a line break too, and an end is the end", "[matcher]"
) {
    CHECK(must_match(R"(a=~"x.y")").matches_value("x\ny"));
    CHECK_FALSE(must_match(R"(a=~"x")").matches_value("x\n"));
    CHECK(must_match(R"(a=~"(?i)web")").matches_value("WEB"));
}
