#include "unit/lint/findings.hpp"

#include "policy/lint/lint.hpp"
#include "policy/yaml/fault_sink.hpp"
#include "policy/yaml/load_policy.hpp"
#include "support/catch.hpp"

namespace autoscaler::policy::tests {

namespace {

struct loaded {
    policy_set set;
    policy_places places;
};

loaded load(std::string_view text) {
    auto result = load_policy(text, "policy");
    for (auto const& each : result.faults)
        UNSCOPED_INFO(to_string(each));
    REQUIRE(result.policies);
    return {*std::move(result.policies), find_policy_places(text)};
}

lines shown(
    std::vector<lint::finding> const& found, std::string_view policy_text, std::string_view rule_text
) {
    lines all;
    for (auto const& each : found) {
        yaml::fault_sink const sink(each.file == "rules" ? rule_text : policy_text, each.file);
        all.push_back(
            each.file + ':' + std::to_string(sink.line(each.offset)) + ": " +
            std::string(to_string(each.severity)) + ": " + each.text
        );
    }
    return all;
}

} // namespace

lines findings_of(std::string_view policy_text) {
    auto const policies = load(policy_text);
    lint::policy_file const file{"policy", &policies.set, policies.places};
    return shown(lint::check_policies({&file, 1}), policy_text, "");
}

lines findings_of(std::string_view policy_text, std::string_view rule_text) {
    auto const policies = load(policy_text);
    lint::policy_file const file{"policy", &policies.set, policies.places};
    auto const rules = read_rule_file(rule_text, "rules");
    for (auto const& each : rules.faults)
        FAIL(to_string(each));
    return shown(lint::check_rules({&file, 1}, rules.alerts), policy_text, rule_text);
}

std::string group_of(std::string_view rules, std::string_view group_fields) {
    return "groups:\n- name: g\n" + std::string(group_fields) + "  rules:\n" + std::string(rules);
}

} // namespace autoscaler::policy::tests
