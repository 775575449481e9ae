// The parts of the policy language that this version has not.
#include "support/catch.hpp"
#include "unit/yaml/marked_text.hpp"

namespace autoscaler::policy::tests {

namespace {

constexpr char const* sorry = " is part of the policy language but not supported by this version yet";

} // namespace

TEST_CASE("a key of the file that this version has not is refused as such", "[unsupported]") {
    auto const key = GENERATE(as<std::string>{}, "prometheus", "alertmanagers", "notifiers");
    CHECK(
        faults_of("$a[[" + key + "]]: {x: y}\npolicies: [{alert: X, service: web, scale: =2, max: 3}]\n") ==
        lines{"a: error: \"" + key + "\"" + sorry}
    );
}

TEST_CASE("a key of a policy that this version has not is refused as such", "[unsupported]") {
    auto const key =
        GENERATE(as<std::string>{}, "stabilize", "limits", "warmup", "on_stuck", "schedules", "notify");
    CHECK(faults_of(policy_with("$a[[" + key + "]]: x")) == lines{"a: error: \"" + key + "\"" + sorry});
    CHECK(
        faults_of(
            "defaults: {$a[[" + key + "]]: x}\npolicies: [{alert: X, service: web, scale: =2, max: 3}]\n"
        ) == lines{"a: error: \"" + key + "\"" + sorry}
    );
}

TEST_CASE("a key of a rule that this version has not brings no second fault", "[unsupported]") {
    auto const key = GENERATE(
        as<std::string>{}, "query", "every", "reduce", "steps", "target", "mode", "tolerance", "on_missing"
    );
    CHECK(
        faults_of(rule_with("name: x\n$a[[" + key + "]]: y")) == lines{"a: error: \"" + key + "\"" + sorry}
    );
    CHECK(
        faults_of("policies:\n- service: web\n  max: 3\n  $a[[" + key + "]]: y\n") ==
        lines{"a: error: \"" + key + "\"" + sorry}
    );
}

TEST_CASE("a value that this version has not is refused as such", "[unsupported]") {
    CHECK(
        faults_of(policy_with("on_external: $a[[restore]]")) ==
        lines{std::string("a: error: \"on_external: restore\"") + sorry}
    );
    CHECK(
        faults_of(policy_with("during_update: $a[[allow]]")) ==
        lines{std::string("a: error: \"during_update: allow\"") + sorry}
    );
    CHECK(
        faults_of(policy_with("during_update: $a[[allow_up]]")) ==
        lines{std::string("a: error: \"during_update: allow_up\"") + sorry}
    );
    CHECK(
        faults_of("policies: [{alert: X, max: 3, scale: +1, service: $a[[{label: swarm_service}]]}]\n") ==
        lines{std::string("a: error: a map as \"service\"") + sorry}
    );
}

TEST_CASE("a fault says whether the language has what was refused", "[unsupported]") {
    auto const faults = load_policy(policy_with("warmup: 1s\nwarmdown: 1s"), "policy.yml").faults;
    REQUIRE(faults.size() == 2);
    CHECK(faults[0].unsupported);
    CHECK_FALSE(faults[1].unsupported);
}

} // namespace autoscaler::policy::tests
