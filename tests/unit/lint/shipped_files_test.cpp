#include "policy/lint/lint.hpp"
#include "policy/yaml/load_policy.hpp"
#include "support/catch.hpp"

#include <fstream>
#include <iterator>

using namespace autoscaler::policy;

namespace {

std::string content(std::string const& path) {
    std::ifstream file(std::string(AUTOSCALER_SOURCE_DIR) + '/' + path);
    REQUIRE(file);
    return {std::istreambuf_iterator<char>(file), {}};
}

} // namespace

TEST_CASE("the policy that we ship fits the rules that we ship", "[lint]") {
    auto const text = content("stack/policy.yml");
    auto const loaded = load_policy(text, "policy.yml");
    REQUIRE(loaded.policies);
    auto const rules = read_rule_file(content("rules/alert_rules.yml"), "alert_rules.yml");
    CHECK(rules.faults.empty());
    CHECK_FALSE(rules.alerts.empty());
    lint::policy_file const file{"policy.yml", &*loaded.policies, find_policy_places(text)};
    for (auto const& each : lint::check_rules({&file, 1}, rules.alerts))
        FAIL_CHECK(each.text);
}

TEST_CASE("no example has anything wrong with it", "[lint]") {
    for (auto const* name : {"candidate", "five_lines", "flash_sale", "hospital", "web_shop"}) {
        CAPTURE(name);
        auto const text = content("policy/examples/" + std::string(name) + ".yml");
        auto const loaded = load_policy(text, name);
        REQUIRE(loaded.policies);
        lint::policy_file const file{name, &*loaded.policies, find_policy_places(text)};
        REQUIRE(file.places.policies.size() == loaded.policies->policies.size());
        for (std::size_t i = 0; i < file.places.policies.size(); ++i)
            CHECK(file.places.policies[i].rules.size() == loaded.policies->policies[i].rules.size());
        CHECK(lint::check_policies({&file, 1}).empty());
    }
}
