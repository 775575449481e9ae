// What the rules of a service say, one after the other, and the record of it. Part of decide(); pure.
#pragma once

#include "policy/core/proposal.hpp"

#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace autoscaler::policy {

// Adds a stage to the decision's trace; `of` names the rule that it speaks of.
void add_trace(
    decision& to,
    std::string_view stage,
    std::int64_t in,
    std::int64_t out,
    std::string_view why,
    proposal const* of = nullptr
);

// Hears all rules that ask for a count, and `return`, in file order. Follows their episodes and clocks in
// `memory`; `context.warmup` is filled in for each policy.
std::vector<proposal> hear_rules(
    std::span<policy_input const* const> inputs,
    rule_context context,
    history& memory,
    decision& record,
    std::optional<time_point>& recheck
);

// Hears all rules that ask for an act: one decision for each that has a cause.
std::vector<decision> hear_action_rules(
    std::span<policy_input const* const> inputs,
    situation const& facts,
    history& memory,
    time_point now,
    std::optional<time_point>& recheck
);

} // namespace autoscaler::policy
