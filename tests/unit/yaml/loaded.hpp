// A policy file that is in order, as values.
#pragma once

#include "policy/yaml/load_policy.hpp"
#include "support/catch.hpp"

#include <string>
#include <string_view>
#include <utility>

namespace autoscaler::policy::tests {

inline policy_set
loaded(std::string_view text, load_options const& options = {}, std::string const& file = "policy.yml") {
    loaded_policy made = load_policy(text, file, options);
    CAPTURE(format_report(file, made.faults));
    REQUIRE(made.policies.has_value());
    return *std::move(made.policies);
}

inline service_policy only(std::string_view text) {
    policy_set set = loaded(text);
    REQUIRE(set.policies.size() == 1);
    return set.policies.front();
}

// The only rule of a policy, as the kind that it must have.
template<typename Kind>
Kind only_rule(std::string_view text) {
    service_policy const policy = only(text);
    REQUIRE(policy.rules.size() == 1);
    REQUIRE(std::holds_alternative<Kind>(policy.rules.front().kind));
    return std::get<Kind>(policy.rules.front().kind);
}

} // namespace autoscaler::policy::tests
