#include "policy/yaml/rule_file.hpp"
#include "support/catch.hpp"

using namespace autoscaler::policy;
using namespace std::chrono_literals;

namespace {

std::vector<std::string> faults_of(std::string_view text) {
    std::vector<std::string> all;
    for (auto const& each : read_rule_file(text, "r.yml").faults)
        all.push_back(to_string(each));
    return all;
}

// A file of one group with one rule of these lines.
std::string with_rule(std::string const& lines) {
    return "groups:\n- name: g\n  rules:\n" + lines;
}

} // namespace

TEST_CASE("a rule file gives its alerts with all that is known of them", "[rule_file]") {
    auto const read = read_rule_file(
        "groups:\n"
        "- name: web\n"
        "  interval: 30s\n"
        "  labels: {team: shop, severity: none}\n"
        "  rules:\n"
        "  - record: job:errors:rate5m\n"
        "    expr: sum by (job) (rate(errors[5m]))\n"
        "  - alert: Errors\n"
        "    expr: |\n"
        "      job:errors:rate5m > 1\n"
        "    for: 1h30m\n"
        "    keep_firing_for: 5m\n"
        "    labels: {severity: page, code: 500, alertname: Other, where: '{{ $labels.zone }}', empty: }\n"
        "    annotations: {summary: 'too many'}\n",
        "r.yml"
    );
    CHECK(read.faults.empty());
    CHECK(read.recordings == 1);
    REQUIRE(read.alerts.size() == 1);
    auto const& alert = read.alerts.front();
    CHECK(alert.file == "r.yml");
    CHECK(alert.line == 8);
    CHECK(alert.group == "web");
    CHECK(alert.name == "Errors");
    CHECK(alert.expression == "job:errors:rate5m > 1\n");
    CHECK(alert.for_ == 90min);
    CHECK(alert.interval == duration{30s});
    CHECK(
        alert.labels ==
        std::vector<static_label>{
            {"severity", "page", false},
            {"code", "500", false},
            {"where", "{{ $labels.zone }}", true},
            {"empty", "", false},
            {"team", "shop", false}
        }
    );
}

TEST_CASE("a group without rules or values is in order", "[rule_file]") {
    CHECK(faults_of("groups:\n").empty());
    CHECK(faults_of("groups: []\n").empty());
    CHECK(faults_of("groups:\n- name: g\n").empty());
    CHECK(faults_of("groups:\n- name: g\n  interval:\n  rules:\n  - alert: A\n    expr: up\n    labels:\n")
              .empty());
    CHECK_FALSE(read_rule_file("groups:\n- {name: g, interval: 0s, rules: [{alert: A, expr: up}]}\n", "r")
                    .alerts[0]
                    .interval);
}

TEST_CASE("what Prometheus would refuse is an error with its place", "[rule_file]") {
    struct {
        std::string text;
        std::string_view fault;
    } const rows[] = {
        {"- a\n", "r.yml:1:1: error: a rule file must be a map of keys and values, not a list"},
        {"groups: x\n", "r.yml:1:9: error: groups must be a list, not \"x\""},
        {"groups: [x]\n", "r.yml:1:10: error: a group must be a map of keys and values, not \"x\""},
        {"groups:\n- rules: []\n", "r.yml:2:3: error: the group has no name"},
        {"groups:\n- name: g\n- name: g\n",
         "r.yml:3:3: error: two groups of this file are called \"g\": rename one"},
        {"groups:\n- name: g\n  interval: soon\n",
         "r.yml:3:13: error: interval: bad duration \"soon\": expected whole numbers with the units y, w, d, "
         "h, m, s, ms, largest first, as in 1h30m"},
        {"groups:\n- name: g\n  rules: {}\n", "r.yml:3:10: error: rules must be a list, not a map"},
        {with_rule("  - expr: up\n"), "r.yml:4:5: error: the rule has neither alert nor record"},
        {with_rule("  - {alert: A, record: b, expr: up}\n"),
         "r.yml:4:5: error: the rule has both alert and record"},
        {with_rule("  - alert: A\n"), "r.yml:4:5: error: the rule has no expr"},
        {with_rule("  - {alert: A, expr: [up]}\n"), "r.yml:4:22: error: expr must be a text, not a list"},
        {with_rule("  - {record: a, expr: up, for: 5m}\n"), "r.yml:4:32: error: a recording rule has no for"},
        {with_rule("  - {alert: A, expr: up, labels: [a]}\n"),
         "r.yml:4:34: error: labels must be a map of keys and values, not a list"},
        {with_rule("  - {alert: A, expr: up, labels: {a: {}}}\n"),
         "r.yml:4:38: error: \"a\" in labels must be a text, not a map"},
        {with_rule("  - alert: A\n    expr: up\n    expr: down\n"),
         "r.yml:6:5: error: duplicate key \"expr\": it stands already at line 5, column 5"},
    };

    for (auto const& row : rows) {
        CAPTURE(row.text);
        auto const faults = faults_of(row.text);
        REQUIRE_FALSE(faults.empty());
        CHECK(faults.front() == row.fault);
    }
}

TEST_CASE("a key that is not known is a warning, for Prometheus owns the format", "[rule_file]") {
    CHECK(
        faults_of(with_rule("  - {alert: A, expr: up, fro: 5m}\n")) ==
        std::vector<std::string>{"r.yml:4:26: warning: unknown key \"fro\" in a rule"}
    );
    CHECK(
        faults_of("namespace: n\ngroups:\n- {name: g, evaluation_delay: 1m}\n") ==
        std::vector<std::string>{
            "r.yml:1:1: warning: unknown key \"namespace\" in a rule file",
            "r.yml:3:13: warning: unknown key \"evaluation_delay\" in a group"
        }
    );
}

TEST_CASE("a rule file is told from a policy file by its keys", "[rule_file]") {
    CHECK(looks_like_rule_file("groups: []\n"));
    CHECK_FALSE(looks_like_rule_file("policies: []\n"));
    CHECK_FALSE(looks_like_rule_file("groups: []\npolicies: []\n"));
    CHECK_FALSE(looks_like_rule_file("a"));
    CHECK_FALSE(looks_like_rule_file(""));
    CHECK_FALSE(looks_like_rule_file("["));
}
