#include "policy/yaml/file_checks.hpp"

#include "policy/yaml/file_warnings.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace autoscaler::policy::yaml {

namespace {

void check_names(std::span<policy_draft const> drafts, fault_sink& faults) {
    std::map<std::string_view, policy_draft const*> seen;
    for (auto const& one : drafts) {
        if (one.value.name.empty())
            continue;
        auto const [first, is_new] = seen.emplace(one.value.name, &one);
        if (is_new)
            continue;
        policy_draft const& other = *first->second;
        std::string text = "two policies are called " + in_quotes(one.value.name) + ": the other begins at " +
                           faults.where(other.at);
        if (!one.name_at)
            text += "; without a name a policy is called as its alert or its service, so this one needs a "
                    "name of its "
                    "own, for example \"name: " +
                    one.value.name + "_" +
                    (one.value.from_label ? one.value.from_label->label : one.value.service) + "\"";
        faults.error(one.name_at.value_or(one.at), std::move(text));
    }
}

// History is kept by POLICY/RULE, so a slash in a name must not make two rules one.
void check_rule_keys(std::span<policy_draft const> drafts, fault_sink& faults) {
    std::map<std::string, policy_draft const*> seen;
    for (auto const& one : drafts) {
        for (auto const& each : one.value.rules) {
            std::string const key = one.value.name + '/' + each.name;
            auto const [first, is_new] = seen.emplace(key, &one);
            if (is_new || first->second->value.name == one.value.name)
                continue;
            faults.error(
                one.name_at.value_or(one.at),
                "a rule of this policy and one of policy " + in_quotes(first->second->value.name) +
                    " are both known as " + in_quotes(key) + ": rename one"
            );
        }
    }
}

// A policy that is decided together with others of its service.
bool is_live(policy_draft const& one) {
    return one.value.enabled && !one.value.dry_run && one.service_at && !one.value.service.empty();
}

// The service's bounds are the largest min and the smallest max of its policies.
void check_common_bounds(std::vector<policy_draft const*> const& together, fault_sink& faults) {
    auto const* const low =
        *std::ranges::max_element(together, {}, [](auto const* one) { return one->value.min; });
    auto const* const high =
        *std::ranges::min_element(together, {}, [](auto const* one) { return one->value.max; });
    // One policy that contradicts itself has its own fault.
    if (low->value.min <= high->value.max || low == high)
        return;
    bool const low_is_later = low->at > high->at;
    policy_draft const& later = low_is_later ? *low : *high;
    faults.error(
        (low_is_later ? later.min_at : later.max_at).value_or(later.at),
        "the bounds of service " + in_quotes(later.value.service) + " do not meet: min " +
            std::to_string(low->value.min) + " of policy " + in_quotes(low->value.name) +
            " is greater than max " + std::to_string(high->value.max) + " of policy " +
            in_quotes(high->value.name)
    );
}

} // namespace

void check_file(std::span<policy_draft const> drafts, bool watches_source, fault_sink& faults) {
    check_names(drafts, faults);
    check_rule_keys(drafts, faults);
    live_policies live;
    for (auto const& one : drafts)
        if (is_live(one))
            live[one.value.service].push_back(&one);
    for (auto const& [service, together] : live)
        check_common_bounds(together, faults);
    warn_of_file(drafts, live, watches_source, faults);
}

} // namespace autoscaler::policy::yaml
