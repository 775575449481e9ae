// Faults of rules, on the policy itself and in `rules:`.
#include "support/catch.hpp"
#include "unit/yaml/marked_text.hpp"

namespace autoscaler::policy::tests {

namespace {

struct row {
    std::string fields;
    std::string fault;
};

} // namespace

TEST_CASE("a fault in a scale is told at its place", "[rule]") {
    std::string const forms = "scale must be +n, -n, +n%, -n%, =n, max, min or hold, not ";
    auto const given = GENERATE_COPY(values<row>({
        {"$a[[up]]", forms + "\"up\""},
        {"$a[['']]", forms + "\"\""},
        {"$a[[~]]", forms + "\"~\""},
        {"$a[[+]]", forms + "\"+\""},
        {"$a[['%']]", forms + "\"%\""},
        {"$a[[+1.5]]", forms + "\"+1.5\""},
        {"$a[[+12.5%]]", forms + "\"+12.5%\""},
        {"$a[[+-1]]", forms + "\"+-1\""},
        {"$a[['=-1']]", forms + "\"=-1\""},
        {"$a[['=']]", forms + "\"=\""},
        {"$a[[{up: 1}]]", forms + "a map"},
        {"$a[[0]]", "scale: \"0\" changes nothing: a step is at least 1"},
        {"$a[[+0%]]", "scale: \"+0%\" changes nothing: a step is at least 1%"},
        {"$a[[-101%]]", "scale: \"-101%\" takes away more than there is: at most -100%"},
        {"$a[[50%]]", "scale: \"50%\" has no sign; did you mean +50%? (=n sets a count)"},
        {"$a[[010]]", "scale: \"010\" may be read as octal 8; write a plain number"},
        {"$a[[+0x10]]", "scale: \"+0x10\" may be read as hexadecimal 16; write a plain number"},
        {"$a[['=010']]", "scale: \"=010\" may be read as octal 8; write a plain number"},
        {"$a[[+1000001]]", "scale: \"+1000001\" is too large: at most 1000000"},
        {"$a[[+99999999999999999999]]", "scale: \"+99999999999999999999\" is too large: at most 1000000"},
    }));
    CAPTURE(given.fields);
    CHECK(faults_of(unscaled_with("scale: " + given.fields)) == lines{"a: error: " + given.fault});
}

TEST_CASE("a fault in a field of a rule is told at its place", "[rule]") {
    std::string const resolved = "on_resolved must be hold, revert, -n, -n%, =n or min, not ";
    auto const given = GENERATE_COPY(values<row>({
        {"on_resolved: $a[[back]]", resolved + "\"back\""},
        {"on_resolved: $a[[+1]]", resolved + "\"+1\": the end of an alert is no reason to grow"},
        {"on_resolved: $a[[max]]", resolved + "\"max\": the end of an alert is no reason to grow"},
        {"on_resolved: $a[[-0]]", "on_resolved: \"-0\" changes nothing: a step is at least 1"},
        {"repeat: $a[[yes]]", "repeat must be true, false or a duration such as 5m, not \"yes\""},
        {"repeat: $a[['true']]", "repeat must be true, false or a duration such as 5m, not \"true\""},
        {"repeat: $a[[5]]", "repeat: duration \"5\" has no unit; did you mean 5s?"},
        {"repeat: $a[[[]]]", "repeat must be true, false or a duration such as 5m, not a list"},
        {"for: $a[[30]]", "for: duration \"30\" has no unit; did you mean 30s?"},
        {"for: $a[[soon]]",
         "for: bad duration \"soon\": expected whole numbers with the units y, w, d, h, m, s, ms, largest "
         "first, as in "
         "1h30m"},
        {"priority: $a[[high]]", "priority must be a whole number, not \"high\""},
        {"priority: $a[[2000000]]", "priority must be between -1000000 and 1000000, not \"2000000\""},
        {"$a[[onResolved]]: hold", "unknown key \"onResolved\"; did you mean \"on_resolved\"?"},
        {"$a[[max]]: 3", "\"max\" is a field of the policy, not of a rule"},
        {"name: $a[[null]]", "name: \"null\" is null to YAML; write it in quotes if it is meant as a text"},
    }));
    CAPTURE(given.fields);
    CHECK(faults_of(rule_with("alert: X\nscale: -1\n" + given.fields)) == lines{"a: error: " + given.fault});
}

TEST_CASE("a fault in matchers is told at its place", "[rule]") {
    std::string const list =
        "matchers must be a list such as ['alertname=\"X\"', 'severity=~\"critical|page\"'], not ";
    auto const given = GENERATE_COPY(values<row>({
        {"$a[[[]]]", list + "an empty list"},
        {"$a[[{alertname: X}]]", list + "a map"},
        {"[$a[[{alertname: X}]]]", "matchers holds texts such as 'alertname=\"X\"', not a map"},
        {"[$a[['nonsense']]]", "bad matcher \"nonsense\": expected NAME=\"VALUE\", with one of = != =~ !~"},
        {"[$a[['a=~\"(\"']]]", "bad regular expression \"(\": missing ): ("},
        {"[$a[['a=\"b']]]", "bad matcher \"a=\"b\": its value has a quote that is not closed or not escaped"},
    }));
    CAPTURE(given.fields);
    CHECK(
        faults_of(rule_with("name: x\nscale: -1\nmatchers: " + given.fields)) ==
        lines{"a: error: " + given.fault}
    );
}

TEST_CASE("a rule needs an action and one way to say which alerts", "[rule]") {
    CHECK(
        faults_of(rule_with("$a[[name]]: x\nalert: X")) ==
        lines{"a: error: rule \"x\" has no action: add scale, for example \"scale: +1\""}
    );
    CHECK(
        faults_of(rule_with("$a[[name]]: x\nscale: -1")) ==
        lines{"a: error: rule \"x\" has neither alert nor matchers"}
    );
    CHECK(
        faults_of("policies:\n- $a[[service]]: web\n  scale: =2\n  max: 3\n") ==
        lines{"a: error: policy \"web\" has neither alert nor matchers"}
    );
    CHECK(
        faults_of("policies:\n- $a[[alert]]: X\n  service: web\n  max: 3\n") ==
        lines{"a: error: policy \"X\" has no action: add scale, for example \"scale: +1\""}
    );
    CHECK(
        faults_of("policies:\n- service: web\n  scale: =2\n  max: 3\n  alert: $a[[off]]\n") ==
        lines{"a: error: alert: \"off\" is a boolean to YAML; write it in quotes if it is meant as a text"}
    );
}

TEST_CASE("a rule in a list needs a name of its own", "[rule]") {
    CHECK(
        faults_of(rule_with("$a[[scale]]: -1\nmatchers: ['severity=\"page\"']")) ==
        lines{"a: error: the rule needs a name: it has no alert to take one from"}
    );
    CHECK(
        faults_of(
            rule_with("{name: x, alert: X, scale: -1}") + "  - {name: $a[[x]], alert: Y, scale: -1}\n"
        ) == lines{"a: error: two rules of this policy are called \"x\": the other stands at line 7, column "
                   "12; give each "
                   "its own name"}
    );
    CHECK(
        faults_of(rule_with("{alert: X, scale: -1}") + "  - $a[[{]]alert: X, scale: -2}\n") ==
        lines{"a: error: two rules of this policy are called \"X\": the other stands at line 7, column 5; "
              "give each its "
              "own name"}
    );
}

TEST_CASE("rules stand in a list or on the policy, not both", "[rule]") {
    CHECK(
        faults_of(unscaled_with("rules: [{alert: Y, scale: -1}]")) ==
        lines{"6:3: error: policy \"X\" has \"rules\" and a field of a rule beside them: put it into one of "
              "the rules"}
    );
    CHECK(
        faults_of("policies: [{service: web, max: 3, rules: $a[[[]]]}]\n") ==
        lines{"a: error: rules must be a list of rules, not an empty list"}
    );
    CHECK(
        faults_of("policies: [{service: web, max: 3, rules: $a[[{alert: X}]]}]\n") ==
        lines{"a: error: rules must be a list of rules, not a map"}
    );
    CHECK(
        faults_of("policies: [{service: web, max: 3, rules: [$a[[X]]]}]\n") ==
        lines{"a: error: a rule must be a map of keys and values, not \"X\""}
    );
}

} // namespace autoscaler::policy::tests
