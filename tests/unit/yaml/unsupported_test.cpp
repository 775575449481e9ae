// The parts of the policy language that this version has not.
#include "support/catch.hpp"
#include "unit/yaml/marked_text.hpp"

namespace autoscaler::policy::tests {

namespace {

constexpr char const* sorry = " is part of the policy language but not supported by this version yet";

} // namespace

TEST_CASE("Alertmanagers to be asked are refused as such, none of them is accepted", "[unsupported]") {
    std::string const rest =
        "\npolicies: [{alert: X, service: web, scale: =2, max: 3, return: {after: 1h, by: 1}}]"
        "\nliveness: {matchers: ['alertname=\"W\"']}\n";
    auto const value = GENERATE(as<std::string>{}, "['http://a:9093']", "{x: y}", "x");
    CHECK(
        faults_of("$a[[alertmanagers]]: " + value + rest) ==
        lines{std::string("a: error: \"alertmanagers\"") + sorry}
    );
    CHECK(faults_of("alertmanagers: []" + rest).empty());
}

TEST_CASE("an action that is planned is refused as such, without a second fault", "[unsupported]") {
    auto const action = GENERATE(as<std::string>{}, "rollback", "resize");
    CHECK(
        faults_of(rule_with("alert: X\naction: $a[[" + action + "]]\nwebhook: {url: 'http://a'}")) ==
        lines{"a: error: action: \"" + action + "\" is not built yet; there are restart and webhook"}
    );
}

TEST_CASE("a fault says whether the language has what was refused", "[unsupported]") {
    auto const faults =
        load_policy("alertmanagers: [x]\n" + policy_with("warmdown: 1s"), "policy.yml").faults;
    REQUIRE(faults.size() == 2);
    CHECK(faults[0].unsupported);
    CHECK_FALSE(faults[1].unsupported);
}

} // namespace autoscaler::policy::tests
