// The parts of the policy language that this version has not.
#include "support/catch.hpp"
#include "unit/yaml/marked_text.hpp"

namespace autoscaler::policy::tests {

namespace {

constexpr char const* sorry = " is part of the policy language but not supported by this version yet";

} // namespace

TEST_CASE("a key of the file that this version has not is refused as such", "[unsupported]") {
    auto const key = GENERATE(as<std::string>{}, "alertmanagers", "notifiers");
    CHECK(
        faults_of("$a[[" + key + "]]: {x: y}\npolicies: [{alert: X, service: web, scale: =2, max: 3}]\n") ==
        lines{"a: error: \"" + key + "\"" + sorry}
    );
}

TEST_CASE("a key of a policy that this version has not is refused as such", "[unsupported]") {
    CHECK(faults_of(policy_with("$a[[notify]]: x")) == lines{std::string("a: error: \"notify\"") + sorry});
    CHECK(
        faults_of("defaults: {$a[[notify]]: x}\npolicies: [{alert: X, service: web, scale: =2, max: 3}]\n") ==
        lines{std::string("a: error: \"notify\"") + sorry}
    );
}

TEST_CASE("an action that is planned is refused as such, without a second fault", "[unsupported]") {
    auto const action = GENERATE(as<std::string>{}, "rollback", "resize");
    CHECK(
        faults_of(rule_with("alert: X\naction: $a[[" + action + "]]\nwebhook: {url: 'http://a'}")) ==
        lines{"a: error: action: \"" + action + "\" is not built yet; there are restart and webhook"}
    );
}

TEST_CASE("a fault says whether the language has what was refused", "[unsupported]") {
    auto const faults = load_policy(policy_with("notify: [ops]\nwarmdown: 1s"), "policy.yml").faults;
    REQUIRE(faults.size() == 2);
    CHECK(faults[0].unsupported);
    CHECK_FALSE(faults[1].unsupported);
}

} // namespace autoscaler::policy::tests
