// The parts of the policy language that this version has not.
#include "support/catch.hpp"
#include "unit/yaml/marked_text.hpp"

namespace autoscaler::policy::tests {

TEST_CASE("an action that is planned is refused as such, without a second fault", "[unsupported]") {
    auto const action = GENERATE(as<std::string>{}, "rollback", "resize");
    CHECK(
        faults_of(rule_with("alert: X\naction: $a[[" + action + "]]\nwebhook: {url: 'http://a'}")) ==
        lines{"a: error: action: \"" + action + "\" is not built yet; there are restart and webhook"}
    );
}

TEST_CASE("a fault says whether the language has what was refused", "[unsupported]") {
    auto const faults =
        load_policy("policies: [{alert: X, service: web, action: resize, warmdown: 1s}]", "policy.yml")
            .faults;
    REQUIRE(faults.size() == 2);
    CHECK(faults[0].unsupported);
    CHECK_FALSE(faults[1].unsupported);
}

} // namespace autoscaler::policy::tests
