// Faults of the fields of one policy.
#include "support/catch.hpp"
#include "unit/yaml/marked_text.hpp"

namespace autoscaler::policy::tests {

namespace {

struct row {
    std::string fields; // of a policy that is in order otherwise
    std::string fault;
};

lines in_policy(std::string const& fields) {
    return faults_of(policy_with(fields));
}

} // namespace

TEST_CASE("a policy in order has no fault", "[policy]") {
    CHECK(in_policy("").empty());
}

TEST_CASE("a fault in a field of a policy is told at its place", "[policy]") {
    auto const given = GENERATE(values<row>({
        {"$a[[cool_down]]: 60s", "unknown key \"cool_down\"; did you mean \"cooldown\"?"},
        {"$a[[dry-run]]: true", "unknown key \"dry-run\"; did you mean \"dry_run\"?"},
        {"$a[[colour]]: red", "unknown key \"colour\" in a policy"},
        {"$a[[liveness]]: {}", "\"liveness\" belongs to the top of the file, not to a policy"},
        {"$a[[min]]:", "\"min\" has no value"},
        {"enabled: $a[[yes]]", "enabled must be true or false, not \"yes\"; write true without quotes"},
        {"enabled: $a[[Off]]", "enabled must be true or false, not \"Off\"; write false without quotes"},
        {"dry_run: $a[['true']]", "dry_run must be true or false, not \"true\"; write true without quotes"},
        {"dry_run: $a[[1]]", "dry_run must be true or false, not \"1\""},
        {"dry_run: $a[[[true]]]", "dry_run must be true or false, not a list"},
        {"min: $a[[010]]", "min: \"010\" may be read as octal 8; write a plain number"},
        {"min: $a[[0o10]]", "min: \"0o10\" may be read as octal 8; write a plain number"},
        {"min: $a[[0x10]]", "min: \"0x10\" may be read as hexadecimal 16; write a plain number"},
        {"min: $a[[089]]", "min: \"089\" may be read as a number that begins with 0; write a plain number"},
        {"min: $a[[on]]", "min must be a whole number, not \"on\""},
        {"min: $a[[~]]", "min must be a whole number, not \"~\""},
        {"min: $a[[1.0]]", "min must be a whole number, not \"1.0\""},
        {"min: $a[[1_0]]", "min must be a whole number, not \"1_0\""},
        {"min: $a[['2']]", "min must be a whole number, not \"2\" in quotes"},
        {"min: $a[[{}]]", "min must be a whole number, not a map"},
        {"min: $a[[-1]]", "min must be between 0 and 9223372036854775807, not \"-1\""},
        {"min: $a[[99999999999999999999]]",
         "min must be between 0 and 9223372036854775807, not \"99999999999999999999\""},
        {"min: $a[[11]]", "min 11 is greater than max 10"},
        {"zero: $a[[managd]]", "zero must be ignore or managed, not \"managd\"; did you mean \"managed\"?"},
        {"cooldown: $a[[60]]", "cooldown: duration \"60\" has no unit; did you mean 60s?"},
        {"cooldown: {up: $a[[-5s]]}", "cooldown.up: duration \"-5s\" must not be negative"},
        {"cooldown: {$a[[upp]]: 5s}", "unknown key \"upp\"; did you mean \"up\"?"},
        {"cooldown: $a[[[5s]]]", "cooldown must be a map of keys and values, not a list"},
        {"converge_timeout: $a[[1.5h]]",
         "converge_timeout: bad duration \"1.5h\": expected whole numbers with the units y, w, d, h, m, s, "
         "ms, largest "
         "first, as in 1h30m"},
        {"converge_timeout: $a[[1s1m]]",
         "converge_timeout: bad duration \"1s1m\": expected whole numbers with the units y, w, d, h, m, s, "
         "ms, largest "
         "first, as in 1h30m"},
        {"converge_timeout: $a[[293y]]", "converge_timeout: duration \"293y\" is too long: at most 292y"},
        {"converge_timeout: $a[[{a: 1}]]", "converge_timeout must be a duration such as 60s, not a map"},
        {"during_update: $a[[holds]]",
         "during_update must be hold, allow_up or allow, not \"holds\"; did you mean \"hold\"?"},
        {"on_external: $a[[keep]]", "on_external must be adopt or restore, not \"keep\""},
        {"name: $a[[on]]", "name: \"on\" is a boolean to YAML; write it in quotes if it is meant as a text"},
        {"name: $a[[010]]", "name: \"010\" is a number to YAML; write it in quotes if it is meant as a text"},
        {"name: $a[[~]]", "name: \"~\" is null to YAML; write it in quotes if it is meant as a text"},
        {"name: $a[['']]", "name must not be empty"},
        {"name: $a[[[x]]]", "name must be a text, not a list"},
    }));
    CAPTURE(given.fields);
    CHECK(in_policy(given.fields) == lines{"a: error: " + given.fault});
}

TEST_CASE("a fault in return is told at its place", "[policy]") {
    auto const given = GENERATE(values<row>({
        {"return: {after: $a[[0s]], by: 1}",
         "return after 0s would take back every step at once; give it a time, for example 10m"},
        {"return: $a[[{]]by: 1}", "return has no \"after\": for how long no rule was active, for example 10m"
        },
        {"return: $a[[{]]after: 10m}",
         "return has no \"by\": how many replicas to take away, for example 1 or 25%"},
        {"return: {after: 10m, by: $a[[-1]]}",
         "return.by must be a number of replicas or a percentage, as in 1 or 25%, without a sign, not \"-1\""
        },
        {"return: {after: 10m, by: $a[[min]]}",
         "return.by must be a number of replicas or a percentage, as in 1 or 25%, without a sign, not \"min\""
        },
        {"return: {after: 10m, by: $a[[some]]}",
         "return.by must be a number of replicas or a percentage, as in 1 or 25%, not \"some\""},
        {"return: {after: 10m, by: $a[[0%]]}", "return.by: \"0%\" changes nothing: a step is at least 1%"},
        {"return: {after: 10m, by: $a[[101%]]}",
         "return.by: \"101%\" takes away more than there is: at most 100%"},
        {"return: $a[[10m]]", "return must be a map of keys and values, not \"10m\""},
    }));
    CAPTURE(given.fields);
    std::string const text =
        "policies:\n- alert: X\n  service: web\n  scale: =2\n  max: 9\n  " + given.fields + "\n";
    lines found = faults_of("liveness: {matchers: ['a=\"b\"']}\n" + text);
    CHECK(found == lines{"a: error: " + given.fault});
}

TEST_CASE("service, max and a rule are required", "[policy]") {
    CHECK(
        faults_of("policies:\n- $a[[name]]: x\n") ==
        lines{
            "a: error: service is missing: which service does the policy scale?",
            "a: error: policy \"x\" has no rule: add alert and scale, or rules",
            "a: error: max is missing: every policy needs an upper bound",
        }
    );
    CHECK(
        faults_of("policies: [{alert: X, scale: =1, max: 3, service: $a[['']]}]\n") ==
        lines{"a: error: service must not be empty"}
    );
    CHECK(
        faults_of("policies: [{alert: X, scale: =1, max: 3, service: $a[[8080]]}]\n") ==
        lines{"a: error: service: \"8080\" is a number to YAML; write it in quotes if it is meant as a text"}
    );
}

TEST_CASE("a maximum above the cap is refused with the reason", "[policy]") {
    CHECK(
        faults_of("policies: [{alert: X, scale: =1, service: web, max: $a[[1001]]}]\n") ==
        lines{"a: error: max 1001 is above the cap of 1000 replicas: the engine accepts any number and dies "
              "of it; "
              "--max-replicas raises the cap"}
    );
}

TEST_CASE("bounds that contradict each other say where each comes from", "[policy]") {
    CHECK(
        faults_of("policies: [{alert: X, scale: =1, service: web, max: $a[[0]]}]\n") ==
        lines{"a: error: min 1 (its default) is greater than max 0"}
    );
    CHECK(
        faults_of("defaults: {min: 5}\npolicies: [{alert: X, scale: =1, service: web, max: $a[[3]]}]\n") ==
        lines{"a: error: min 5 (from defaults) is greater than max 3"}
    );
    CHECK(faults_of("policies: [{alert: X, scale: =1, service: web, min: 0, max: 0}]\n").empty());
}

TEST_CASE("all faults of a file are told in one run, in the order of their places", "[policy]") {
    CHECK(
        faults_of("$a[[verison]]: 1\n"
                  "policies:\n"
                  "- alert: X\n"
                  "  service: $b[[no]]\n"
                  "  scale: $c[[more]]\n"
                  "  max: $d[[ten]]\n"
                  "- alert: Y\n"
                  "  service: api\n"
                  "  scale: -1\n"
                  "  max: 10\n"
                  "  $e[[max]]: 12\n") ==
        lines{
            "a: error: unknown key \"verison\"; did you mean \"version\"?",
            "b: error: service: \"no\" is a boolean to YAML; write it in quotes if it is meant as a text",
            "c: error: scale must be +n, -n, +n%, -n%, =n, max, min or hold, not \"more\"",
            "d: error: max must be a whole number, not \"ten\"",
            "e: error: duplicate key \"max\": it stands already at line 10, column 3",
        }
    );
}

} // namespace autoscaler::policy::tests
