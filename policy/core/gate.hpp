// Which proposals are heard: cooldown and convergence hold each one back by its own policy, then they become
// one. Pure.
#pragma once

#include "policy/core/proposal.hpp"

#include <optional>
#include <span>

namespace autoscaler::policy {

// Why a proposal must wait, and when it is worth another look.
struct gate_hold {
    reason why = reason::no_signal;
    time_point until;
};

std::optional<gate_hold>
gate(proposal const& what, service_view const& service, history const& memory, time_point now);

// Only the highest priority that speaks is heard. Up beats hold beats down; the largest up, the smallest cut;
// ties go to the first. None where nobody speaks.
proposal const* merge(std::span<proposal const> proposals);

// How often a rollout, or tasks that start, are looked at: nothing tells us of every change of a task.
inline constexpr duration progress_poll = std::chrono::seconds(1);

// The same of tasks that are stuck, which may be for days.
inline constexpr duration stuck_poll = std::chrono::seconds(5);

} // namespace autoscaler::policy
