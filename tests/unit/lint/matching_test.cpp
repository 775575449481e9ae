#include "support/catch.hpp"
#include "unit/lint/findings.hpp"

using namespace autoscaler::policy::tests;

namespace {

// A policy `web` for service `web` on these matchers.
std::string on(std::string const& matchers) {
    return "policies:\n- {name: web, service: web, max: 9, scale: +1, matchers: [" + matchers + "]}\n";
}

// A policy that takes its service from a label.
std::string from_label(std::string const& matchers, std::string const& allow = ".*") {
    return "policies:\n- name: shop\n  service: {label: svc, allow: '" + allow +
           "'}\n  max: 9\n  rules:\n  - {name: r, scale: +1, matchers: [" + matchers + "]}\n";
}

lines const nothing;

} // namespace

TEST_CASE("a matcher that no alert rule can satisfy is an error", "[lint]") {
    std::string const rules =
        group_of("  - {alert: Slow, expr: 'sum by (job) (x) > 1', labels: {severity: page}}\n"
                 "  - {alert: Fast, expr: 'y > 1', labels: {severity: '{{ $labels.level }}'}}\n");

    struct {
        std::string_view matchers;
        std::string_view why; // "" = it can be satisfied
    } const rows[] = {
        {"alertname=Slow", ""},
        {"'alertname=~\"Slow|Quick\"'", ""},
        {"alertname=Slow, severity=page", ""},
        {"alertname=Slow, job=api", ""},
        {"alertname=Slow, 'zone=\"\"'", ""},
        {"alertname=Slow, zone!=x", ""},
        {"alertname=Fast, severity=page, zone=x", ""},
        {"severity=page", ""},
        {"alertname=Sloww", "no alert rule is called \"Sloww\"; did you mean \"Slow\"?"},
        {"alertname=Unheard", "no alert rule is called \"Unheard\""},
        {"alertname=Slow, severity=warn",
         "alert \"Slow\" (rules:4) never has severity=\"warn\": its severity is \"page\""},
        {"alertname=Slow, 'severity=~\"warn|info\"'",
         "alert \"Slow\" (rules:4) never has severity=~\"warn|info\": its severity is \"page\""},
        {"alertname=Slow, zone=x",
         "alert \"Slow\" (rules:4) never has zone=\"x\": its expression keeps only \"job\", and its rule "
         "adds no zone"},
        {"'alertname=~\"Un.*\"'", "no alert rule can have alertname=~\"Un.*\""},
        {"alertname=Slow, alertname!~Slow", "no alert has both alertname=\"Slow\" and alertname!~\"Slow\""},
    };

    for (auto const& row : rows) {
        CAPTURE(row.matchers);
        lines found;
        for (auto const& each : findings_of(on(std::string(row.matchers)), rules)) {
            if (each.starts_with("policy"))
                found.push_back(each);
        }
        if (row.why.empty())
            CHECK(found == nothing);
        else
            CHECK(
                (!found.empty() &&
                 found.front() == "policy:2: error: policy \"web\" can never act: " + std::string(row.why))
            );
    }
}

TEST_CASE("matchers that exclude each other are an error without any rule file", "[lint]") {
    CHECK(
        findings_of(on("alertname=A, severity=page, severity=warn")) ==
        lines{"policy:2: error: policy \"web\" can never act: no alert has both severity=\"page\" and "
              "severity=\"warn\""}
    );
    CHECK(findings_of(on("alertname=A, severity=page, 'severity=~\"p.*\"'")) == nothing);
    CHECK(findings_of(on("alertname=A, severity=~a, severity=~b")) == nothing); // not certain
}

TEST_CASE("external labels of Prometheus count where the policy file names them", "[lint]") {
    std::string const rules = group_of("  - {alert: A, expr: 'sum(x) > 1'}\n");
    std::string const policy = "prometheus: {url: 'http://p:9090', external_labels: {zone: east}}\n";
    CHECK(findings_of(policy + on("alertname=A, zone=east"), rules) == nothing);
    CHECK(
        findings_of(policy + on("alertname=A, zone=west"), rules).front() ==
        "policy:3: error: policy \"web\" can never act: alert \"A\" (rules:4) never has zone=\"west\": its "
        "zone is \"east\""
    );
}

TEST_CASE("a liveness alert that is never heard is an error", "[lint]") {
    std::string const rules = group_of("  - {alert: A, expr: x}\n");
    CHECK(
        findings_of("liveness: {matchers: [alertname=Watchdog]}\n" + on("alertname=A"), rules) ==
        lines{"policy:1: error: liveness is never heard: no alert rule is called \"Watchdog\""}
    );
    CHECK(
        findings_of(
            "liveness: {matchers: [alertname=Watchdog]}\n" + on("alertname=A"),
            group_of("  - {alert: A, expr: x}\n  - {alert: Watchdog, expr: vector(1)}\n")
        ) == nothing
    );
}

TEST_CASE("an alert that no rule can match is a warning", "[lint]") {
    CHECK(
        findings_of(on("alertname=A"), group_of("  - {alert: A, expr: x}\n  - {alert: B, expr: x}\n")) ==
        lines{"rules:5: warning: no rule of a policy matches alert \"B\""}
    );
    CHECK(findings_of(on("severity=page"), group_of("  - {alert: B, expr: x}\n")) == nothing);
}

TEST_CASE("a service that is taken from a label that the expression drops is an error", "[lint]") {
    struct {
        std::string_view rule;
        std::string_view why; // "" = in order
    } const rows[] = {
        {"{alert: A, expr: 'x > 1'}", ""},
        {"{alert: A, expr: 'sum by (svc) (x) > 1'}", ""},
        {"{alert: A, expr: 'sum(x) > 1', labels: {svc: web}}", ""},
        {"{alert: A, expr: 'sum(x) > 1', labels: {svc: '{{ $labels.job }}'}}", ""},
        {"{alert: A, expr: 'unknown(x) > 1'}", ""},
        {"{alert: A, expr: 'sum(x) > 1'}",
         "alert \"A\" (rules:4) never has it: its expression keeps no label, and its rule adds no svc"},
        {"{alert: A, expr: 'sum(x) by (job) > 1'}",
         "alert \"A\" (rules:4) never has it: its expression keeps only \"job\", and its rule adds no svc"},
        {"{alert: A, expr: 'sum(x) without (svc) > 1'}",
         "alert \"A\" (rules:4) never has it: its expression keeps no \"svc\", and its rule adds no svc"},
        {"{alert: A, expr: x, labels: {svc: other}}",
         "its `allow` refuses \"other\", which alert \"A\" (rules:4) always has there"},
    };

    for (auto const& row : rows) {
        CAPTURE(row.rule);
        auto const found =
            findings_of(from_label("alertname=A", "web.*"), group_of("  - " + std::string(row.rule) + "\n"));
        if (row.why.empty())
            CHECK(found == nothing);
        else
            CHECK(
                found ==
                lines{
                    "policy:6: error: rule \"r\" of policy \"shop\" takes the service from label \"svc\", "
                    "but " +
                    std::string(row.why)
                }
            );
    }
}

TEST_CASE("a rule that another alert can name a service to is only warned of", "[lint]") {
    auto const found = findings_of(
        from_label("severity=page"),
        group_of("  - {alert: A, expr: sum(x), labels: {severity: page}}\n"
                 "  - {alert: B, expr: x, labels: {severity: page}}\n")
    );
    REQUIRE(found.size() == 1);
    CHECK(found.front().starts_with("policy:6: warning: rule \"r\" of policy \"shop\" takes the service from")
    );
}
