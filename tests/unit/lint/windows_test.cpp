#include "support/catch.hpp"
#include "unit/lint/findings.hpp"

using namespace autoscaler::policy::tests;

namespace {

std::string const on_a = "policies:\n- {alert: A, service: web, max: 9, scale: +1}\n";

lines of_alert(std::string const& rule, std::string const& group_fields) {
    return findings_of(on_a, group_of("  - " + rule + "\n", group_fields));
}

} // namespace

TEST_CASE("a rate over less than two evaluations of its group is a warning", "[lint]") {
    CHECK(
        of_alert("{alert: A, expr: 'rate(x[1m]) > 1'}", "  interval: 1m\n") ==
        lines{"rules:5: warning: alert \"A\" (rules:5): rate over 1m may see fewer than two samples where "
              "the targets "
              "are scraped as the group is evaluated, every 1m: make it 2m or longer"}
    );
    CHECK(of_alert("{alert: A, expr: 'rate(x[2m]) > 1'}", "  interval: 1m\n").empty());
    CHECK(of_alert("{alert: A, expr: 'rate(x[1m]) > 1'}", "").empty()); // an interval that is not known
    CHECK(of_alert("{alert: A, expr: 'max_over_time(x[1m]) > 1'}", "  interval: 1m\n").empty());
}

TEST_CASE("a rate over less than two steps of its subquery is a warning", "[lint]") {
    CHECK(
        of_alert("{alert: A, expr: 'rate(x[1m:45s]) > 1'}", "") ==
        lines{"rules:4: warning: alert \"A\" (rules:4): rate over 1m may see fewer than two samples where "
              "its subquery "
              "has a resolution of 45s: make it 1m30s or longer"}
    );
    CHECK(of_alert("{alert: A, expr: 'rate(x[1m:30s]) > 1'}", "").empty());
}

TEST_CASE("a `for` below the group's interval is a warning", "[lint]") {
    CHECK(
        of_alert("{alert: A, expr: x, for: 10s}", "  interval: 1m\n") ==
        lines{"rules:5: warning: alert \"A\" (rules:5) has \"for: 10s\", but its group is evaluated only "
              "every 1m: it "
              "waits so long"}
    );
    CHECK(of_alert("{alert: A, expr: x, for: 1m}", "  interval: 1m\n").empty());
    CHECK(of_alert("{alert: A, expr: x, for: 0s}", "  interval: 1m\n").empty());
    CHECK(of_alert("{alert: A, expr: x, for: 10s}", "").empty());
}

TEST_CASE("a step's `for` below the rhythm of its query is a warning", "[lint]") {
    std::string const policy = "policies:\n- {name: cpu, service: web, max: 9, query: x, every: 15s, steps: "
                               "[{when: '> 20', scale: +1, for: FOR}, {when: '< 10', scale: -1}]}\n";
    auto const with = [&](std::string const& time) {
        std::string text = policy;
        text.replace(text.find("FOR"), 3, time);
        return findings_of(text);
    };
    CHECK(
        with("5s") ==
        lines{"policy:2: warning: policy \"cpu\" has a step with \"for: 5s\", but its query is asked only "
              "every 15s: the step waits so long"}
    );
    CHECK(with("15s").empty());
    CHECK(with("0s").empty());
}
