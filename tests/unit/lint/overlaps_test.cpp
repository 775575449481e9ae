#include "support/catch.hpp"
#include "unit/lint/findings.hpp"

using namespace autoscaler::policy::tests;

namespace {

// Two policies of service `web`, each with these fields.
std::string two(std::string const& first, std::string const& second) {
    return "policies:\n- {name: one, service: web, max: 9, " + first +
           "}\n- {name: two, service: web, max: 9, " + second + "}\n";
}

lines const nothing;
std::string const same = "policy:3: error: policy \"two\" and policy \"one\" want opposite ways for the same "
                         "alerts: let their matchers "
                         "exclude each other, or give one a priority";

} // namespace

TEST_CASE("up and down for the same alerts are an error", "[lint]") {
    CHECK(findings_of(two("alert: A, scale: +1", "alert: A, scale: -1")) == lines{same});
    CHECK(findings_of(two("alert: A, scale: min", "alert: A, scale: +50%")) == lines{same});
    CHECK(
        findings_of(two("alert: A, scale: +1", "matchers: [alertname=A, severity=page], scale: -1")) ==
        lines{same}
    );
    CHECK(findings_of(two("alert: A, scale: +1", "alert: A, scale: +2")) == nothing);
    CHECK(findings_of(two("alert: A, scale: +1", "alert: B, scale: -1")) == nothing);
    CHECK(findings_of(two("alert: A, scale: +1", "alert: A, scale: =3")) == nothing);
    CHECK(findings_of(two("alert: A, scale: +1", "alert: A, scale: hold")) == nothing);
    CHECK(
        findings_of(two(
            "matchers: [alertname=A, zone=x], scale: +1", "matchers: [alertname=A, severity=page], scale: -1"
        )) == nothing
    );
}

TEST_CASE("rules that are not heard together may want opposite ways", "[lint]") {
    CHECK(findings_of(two("alert: A, scale: +1", "alert: A, scale: -1, priority: 1")) == nothing);
    CHECK(findings_of(two("alert: A, scale: +1", "alert: A, scale: -1, dry_run: true")) == nothing);
    CHECK(findings_of(two("alert: A, scale: +1", "alert: A, scale: -1, enabled: false")) == nothing);
    CHECK(
        findings_of("policies:\n- {name: one, service: web, max: 9, alert: A, scale: +1}\n"
                    "- {name: two, service: api, max: 9, alert: A, scale: -1}\n") == nothing
    );
}

TEST_CASE("rule files tell which alert two rules have in common", "[lint]") {
    std::string const policy =
        two("'matchers': [severity=page], scale: +1", "matchers: ['alertname=~\"A|B\"'], scale: -1");
    auto const with = [&](std::string const& labels) {
        lines found;
        for (auto const& each : findings_of(policy, group_of("  - {alert: A, expr: x" + labels + "}\n"))) {
            if (each.find("opposite") != std::string::npos)
                found.push_back(each);
        }
        return found;
    };
    CHECK(
        with(", labels: {severity: page}") ==
        lines{"policy:3: error: policy \"two\" and policy \"one\" want opposite ways for alert \"A\" "
              "(rules:4): let "
              "their matchers exclude each other, or give one a priority"}
    );
    CHECK(with(", labels: {severity: warn}") == nothing);
    CHECK(with("") == nothing); // it may have that severity or not
}

TEST_CASE("overlapping steps of one query in two rules are an error", "[lint]") {
    auto const steps = [](std::string const& up, std::string const& down) {
        return two(
            "query: x, steps: [{when: '" + up + "', scale: +1}]",
            "query: x, steps: [{when: '" + down + "', scale: -1}]"
        );
    };
    CHECK(
        findings_of(steps("> 20", "< 30")) == lines{"policy:3: error: policy \"two\" has a step at \"< 30\", "
                                                    "and policy \"one\" has one the other way at "
                                                    "\"> 20\" of the same query: they overlap"}
    );
    CHECK(findings_of(steps(">= 20", "<= 20")).size() == 1);
    CHECK(findings_of(steps("> 20", "> 30")).size() == 1);
    CHECK(findings_of(steps("> 20", "<= 20")) == nothing);
    CHECK(findings_of(steps(">= 20", "< 20")) == nothing);
    CHECK(findings_of(steps("> 20", "< 10")) == nothing);
    CHECK(
        findings_of(
            two("query: x, steps: [{when: '> 1', scale: +1}]", "query: y, steps: [{when: '< 2', scale: -1}]")
        ) == nothing
    );
}
