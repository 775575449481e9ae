// What rules do besides scaling: restart a service, call a webhook. Each acts once per episode of its alert,
// or for a node that has joined, and asks for no count. Pure.
#pragma once

#include "policy/core/decide.hpp"

#include <optional>

namespace autoscaler::policy {

// Follows the episode of an action rule in `memory`. Returns what it does now (action restart or webhook) or
// why it does not; nothing where it has no cause. `recheck` becomes the moment at which that could change.
std::optional<decision> consider(
    service_policy const& policy,
    rule const& what,
    rule_signal const& signal,
    rule_memory& memory,
    situation const& facts,
    time_point now,
    std::optional<time_point>& recheck
);

// The memory of a rule after Swarm has taken the write that claims its act, or, in dry run, as if it had.
void commit_act(history& memory, decision const& accepted);

} // namespace autoscaler::policy
