// The rules of a policy file as findings speak of them: by name and place.
#pragma once

#include "policy/lint/lint.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace autoscaler::policy::lint {

// A rule of a policy file, with its place.
struct placed_rule {
    policy_file const* file = nullptr;
    service_policy const* policy = nullptr;
    rule const* what = nullptr;
    std::size_t at = 0;
    std::size_t service_at = 0;

    // `rule "x" of policy "web"`, or `policy "web"` where they have one name.
    std::string title() const;

    // An error or warning at this rule.
    finding error(std::string text) const;
    finding warning(std::string text) const;
};

// All rules, in file order.
std::vector<placed_rule> rules_of(policy_file const& file);

} // namespace autoscaler::policy::lint
