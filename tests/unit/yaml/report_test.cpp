// What a check prints.
#include "policy/yaml/fault.hpp"
#include "policy/yaml/load_policy.hpp"
#include "support/catch.hpp"

namespace autoscaler::policy::tests {

TEST_CASE("a fault is one line with its place", "[report]") {
    CHECK(
        to_string(fault{"policy.yml", 12, 7, fault_severity::error, "unknown key \"cool_down\""}) ==
        "policy.yml:12:7: error: unknown key \"cool_down\""
    );
    CHECK(to_string(fault{"p", 1, 1, fault_severity::warning, "x"}) == "p:1:1: warning: x");
}

TEST_CASE("a report lists all faults by place and ends with their number", "[report]") {
    std::vector<fault> const faults{
        {"p.yml", 9, 1, fault_severity::error, "late"},
        {"p.yml", 2, 5, fault_severity::warning, "early"},
        {"p.yml", 2, 3, fault_severity::error, "earlier"},
    };
    CHECK(
        format_report("p.yml", faults) == "p.yml:2:3: error: earlier\n"
                                          "p.yml:2:5: warning: early\n"
                                          "p.yml:9:1: error: late\n"
                                          "p.yml: 2 errors, 1 warning\n"
    );
    CHECK(format_report("p.yml", {}) == "p.yml: no faults\n");
}

TEST_CASE("a report of a whole file", "[report]") {
    auto const loaded = load_policy(
        "policies:\n- alert: HighErrorRate\n  service: web\n  scale: +1\n  max: 10\n  cool_down: 60s\n",
        "policy.yml"
    );
    CHECK(
        format_report("policy.yml", loaded.faults) ==
        "policy.yml:2:3: warning: policy \"HighErrorRate\" can only go up: add \"return: {after: 10m, by: "
        "1}\", "
        "on_resolved, or a rule that takes replicas away\n"
        "policy.yml:6:3: error: unknown key \"cool_down\"; did you mean \"cooldown\"?\n"
        "policy.yml: 1 error, 1 warning\n"
    );
}

TEST_CASE("what a file says is shown in a message as text, never raw and never whole", "[report]") {
    auto const loaded = load_policy("policies: \"a\\nb\\e[31m" + std::string(500, 'x') + "\"\n", "p");
    REQUIRE(loaded.faults.size() == 1);
    CHECK(
        loaded.faults[0].text ==
        "policies must be a list, each policy begun by \"- \", not \"a\\nb\\x1b[31m" + std::string(72, 'x') +
            "...\""
    );
}

TEST_CASE("also what a matcher or a cron expression says is one line", "[report]") {
    auto const loaded = load_policy(
        "policies:\n- {service: web, max: 5, scale: +1, matchers: [\"a\\n=\\\"b\"],\n"
        "   schedules: [{name: n, start: \"7\\n* * *\", end: 1h, min: 2}]}\n",
        "p"
    );
    REQUIRE_FALSE(loaded.faults.empty());
    for (auto const& each : loaded.faults) {
        INFO(each.text);
        CHECK(each.text.find('\n') == std::string::npos);
    }
}

} // namespace autoscaler::policy::tests
