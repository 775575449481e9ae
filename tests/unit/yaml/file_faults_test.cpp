// Faults of the file around its policies, and of policies with each other.
#include "support/catch.hpp"
#include "unit/yaml/marked_text.hpp"

namespace autoscaler::policy::tests {

namespace {

// A file in order but for these lines at its top.
lines top(std::string_view marked) {
    return faults_of(std::string(marked) + "\npolicies: [{alert: X, service: web, scale: =2, max: 3}]\n");
}

// A file in order but for these policies.
lines entries(std::string_view marked) {
    return faults_of("policies:\n" + std::string(marked));
}

} // namespace

TEST_CASE("a file is a map with a list of policies", "[file]") {
    CHECK(
        faults_of("$a[[- x]]\n") ==
        lines{"a: error: a policy file must be a map of keys and values, not a list"}
    );
    CHECK(
        faults_of("$a[[stack]]: x\n") ==
        lines{"a: error: policies is missing: a policy file needs a list of policies"}
    );
    CHECK(faults_of("$a[[policies]]:\n") == lines{"a: error: \"policies\" has no value"});
    CHECK(
        faults_of("policies: $a[[{alert: X}]]\n") ==
        lines{"a: error: policies must be a list, each policy begun by \"- \", not a map"}
    );
    CHECK(
        faults_of("policies: $a[[[]]]\n") == lines{"a: warning: policies is empty: nothing will be scaled"}
    );
    CHECK(
        faults_of("policies: [$a[[web]]]\n") ==
        lines{"a: error: a policy must be a map of keys and values, not \"web\""}
    );
}

TEST_CASE("a key without a value brings no second fault", "[file]") {
    CHECK(
        faults_of("policies:\n- $a[[service]]:\n  $b[[max]]:\n  $c[[alert]]:\n  $d[[scale]]:\n") ==
        lines{
            "a: error: \"service\" has no value",
            "b: error: \"max\" has no value",
            "c: error: \"alert\" has no value",
            "d: error: \"scale\" has no value",
        }
    );
    CHECK(
        faults_of("policies:\n- service: web\n  max: 3\n  $a[[rules]]:\n") ==
        lines{"a: error: \"rules\" has no value"}
    );
}

TEST_CASE("a policy at the top of the file is told where it belongs", "[file]") {
    CHECK(
        faults_of("$a[[alert]]: X\npolicies: []\n").at(0) ==
        "a: error: \"alert\" belongs to a policy: put it into a list under \"policies\""
    );
}

TEST_CASE("the version is one", "[file]") {
    CHECK(top("version: 1").empty());
    CHECK(
        top("version: $a[[2]]") ==
        lines{"a: error: version 2 of the policy language is not known; this program reads version 1"}
    );
    CHECK(top("version: $a[[one]]") == lines{"a: error: version must be a whole number, not \"one\""});
}

TEST_CASE("a stack is a text", "[file]") {
    CHECK(
        top("stack: $a[[on]]") ==
        lines{"a: error: stack: \"on\" is a boolean to YAML; write it in quotes if it is meant as a text"}
    );
    CHECK(top("stack: 'on'").empty());
    CHECK(top("stack: $a[[[x]]]") == lines{"a: error: stack must be a text, not a list"});
}

TEST_CASE("liveness needs matchers and a time", "[file]") {
    CHECK(
        top("liveness: $a[[{]]within: 3m}") == lines{"a: error: liveness has no matchers: which alert always "
                                                     "fires? For example ['alertname=\"Watchdog\"']"}
    );
    CHECK(
        top("liveness: {matchers: $a[[Watchdog]]}") ==
        lines{"a: error: liveness.matchers must be a list such as ['alertname=\"X\"', "
              "'severity=~\"critical|page\"'], "
              "not \"Watchdog\""}
    );
    CHECK(
        top("liveness: {matchers: ['a=\"b\"'], within: $a[[0s]]}") ==
        lines{"a: error: liveness.within of 0s can never be kept; the default is 3m"}
    );
    CHECK(
        top("liveness: {matchers: ['a=\"b\"'], $a[[witin]]: 3m}") ==
        lines{"a: error: unknown key \"witin\"; did you mean \"within\"?"}
    );
}

TEST_CASE("the time to live of alerts is long enough", "[file]") {
    CHECK(top("alert_ttl: {api: from_endsAt, webhook: 5h}").empty());
    CHECK(
        top("alert_ttl: {webhook: $a[[4h30m]]}") ==
        lines{"a: warning: alert_ttl.webhook is only 4h30m: alerts end while they fire unless it exceeds "
              "Alertmanager's "
              "repeat_interval (4h by default); 5h is safe with that"}
    );
    CHECK(
        top("alert_ttl: {webhook: $a[[0s]]}") ==
        lines{"a: error: alert_ttl.webhook of 0s would end every alert at once"}
    );
    CHECK(
        top("alert_ttl: {api: $a[[5m]]}") == lines{"a: error: alert_ttl.api must be from_endsAt, not \"5m\""}
    );
    CHECK(
        top("alert_ttl: $a[[5h]]") ==
        lines{"a: error: alert_ttl must be a map of keys and values, not \"5h\""}
    );
    CHECK(
        top("alert_ttl: {$a[[prometheus]]: 5h}") ==
        lines{"a: error: unknown key \"prometheus\" in alert_ttl; expected \"api\", \"webhook\""}
    );
}

TEST_CASE("defaults hold fields of policies and no others", "[file]") {
    CHECK(
        top("defaults: {$a[[service]]: web}") ==
        lines{"a: error: \"service\" cannot stand under defaults: it belongs to one policy"}
    );
    CHECK(
        top("defaults: {$a[[name]]: web}") ==
        lines{"a: error: \"name\" cannot stand under defaults: it belongs to one policy"}
    );
    CHECK(
        top("defaults: {$a[[scale]]: +1}") ==
        lines{"a: error: \"scale\" cannot stand under defaults: it belongs to a rule"}
    );
    CHECK(top("defaults: {$a[[cool]]: 1s}") == lines{"a: error: unknown key \"cool\" in defaults"});
}

TEST_CASE("two policies of one name are refused, with a way out", "[file]") {
    CHECK(
        entries("- {name: a, alert: X, service: web, scale: =2, max: 3}\n"
                "- {name: $x[[a]], alert: Y, service: api, scale: =2, max: 3}\n"
        ) == lines{"x: error: two policies are called \"a\": the other begins at line 2, column 3"}
    );
    CHECK(
        entries("- {alert: X, service: web, scale: =2, max: 3}\n"
                "- $x[[{]]alert: X, service: api, scale: =2, max: 3}\n") ==
        lines{
            "x: error: two policies are called \"X\": the other begins at line 2, column 3; without a name a "
            "policy "
            "is called as its alert or its service, so this one needs a name of its own, for example \"name: "
            "X_api\""
        }
    );
}

TEST_CASE("a slash in a name must not make two rules one", "[file]") {
    CHECK(
        entries("- {name: a, service: web, max: 3, rules: [{name: b/c, alert: X, scale: =2}]}\n"
                "- {name: $x[[a/b]], service: api, max: 3, rules: [{name: c, alert: X, scale: =2}]}\n") ==
        lines{
            "x: error: a rule of this policy and one of policy \"a\" are both known as \"a/b/c\": rename one"
        }
    );
}

TEST_CASE("policies that act together on one service need bounds that meet", "[file]") {
    std::string const first = "- {alert: X, service: web, scale: =2, min: 1, max: 3}\n";
    lines const wanted{
        "x: error: the bounds of service \"web\" do not meet: min 5 of policy \"Y\" is greater than max "
        "3 of policy \"X\""
    };
    CHECK(entries(first + "- {alert: Y, service: web, scale: =2, min: $x[[5]], max: 9}\n") == wanted);
    CHECK(
        entries("- {alert: Y, service: web, scale: =2, min: 5, max: 9}\n"
                "- {alert: X, service: web, scale: =2, max: $x[[3]]}\n") == wanted
    );
    SECTION("another service, a disabled policy and a dry run do not count") {
        CHECK(entries(first + "- {alert: Y, service: api, scale: =2, min: 5, max: 9}\n").empty());
        CHECK(
            entries(first + "- {alert: Y, service: web, scale: =2, min: 5, max: 9, enabled: false}\n").empty()
        );
        CHECK(
            entries(first + "- {alert: Y, service: web, scale: =2, min: 5, max: 9, dry_run: true}\n").empty()
        );
    }
}

TEST_CASE("a policy that can only go up is warned of", "[file]") {
    std::string const text = "x: warning: policy \"X\" can only go up: add \"return: {after: 10m, by: 1}\", "
                             "on_resolved, or a rule that takes replicas away";
    CHECK(entries("- $x[[{]]alert: X, service: web, scale: +1, max: 3}\n") == lines{text});
    CHECK(entries("- $x[[{]]alert: X, service: web, scale: +10%, max: 3}\n") == lines{text});
    CHECK(entries("- $x[[{]]alert: X, service: web, scale: max, max: 3}\n") == lines{text});
    SECTION("a way down silences it") {
        CHECK(entries("- {alert: X, service: web, scale: =2, max: 3}\n").empty());
        CHECK(entries("- {alert: X, service: web, scale: hold, max: 3}\n").empty());
        CHECK(entries("- {service: web, max: 3, rules: [{alert: X, scale: +1}, {alert: Y, scale: -1}]}\n")
                  .empty());
    }
    SECTION("the way down may be another policy of the service, but not one that never acts") {
        CHECK(entries("- {alert: X, service: web, scale: +1, max: 3}\n- {alert: Y, service: web, scale: -1, "
                      "max: 3}\n")
                  .empty());
        CHECK(
            entries("- $x[[{]]alert: X, service: web, scale: +1, max: 3}\n"
                    "- {alert: Y, service: web, scale: -1, max: 3, dry_run: true}\n") == lines{text}
        );
    }
}

TEST_CASE("return and on_resolved without liveness are warned of", "[file]") {
    std::string const rest =
        " with neither liveness nor prometheus: if the monitoring goes silent, that looks like an idle "
        "service, and it is "
        "scaled down; add \"liveness: {matchers: ['alertname=\"Watchdog\"']}\" at the top of the file "
        "and an alert of that name that always fires";
    CHECK(
        entries("- {alert: X, service: web, scale: +1, max: 3, $x[[return]]: {after: 10m, by: 1}}\n") ==
        lines{"x: warning: return" + rest}
    );
    CHECK(
        entries("- {alert: X, service: web, scale: +1, max: 3, on_resolved: $x[[revert]]}\n") ==
        lines{"x: warning: on_resolved" + rest}
    );
    CHECK(entries("- {alert: X, service: web, scale: =1, max: 3, on_resolved: hold}\n").empty());
    SECTION("once for a return that stands under defaults") {
        CHECK(
            entries("- {alert: X, service: web, scale: +1, max: 3}\n"
                    "- {alert: Y, service: api, scale: +1, max: 3}\n"
                    "defaults: {$x[[return]]: {after: 10m, by: 1}}\n") == lines{"x: warning: return" + rest}
        );
    }
}

} // namespace autoscaler::policy::tests
