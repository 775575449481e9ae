// The stable reason codes of decisions. Their words are a contract: log lines, metrics and the API carry
// them.
#pragma once

#include <cstdint>
#include <string_view>

namespace autoscaler::policy {

enum class reason : std::uint8_t {
    // They act, or would.
    alert,
    threshold,
    target,
    give_back, // `return`
    resolved,
    fallback,
    restored_after_deploy,
    bounds_max,
    bounds_min,
    node_joined,
    // They hold.
    no_signal,
    no_policy,
    in_band,
    within_tolerance,
    for_pending,
    already_acted,
    veto,
    silenced,
    cooldown_up,
    cooldown_down,
    action_cooldown,
    not_converged,
    unschedulable,
    crash_looping,
    warmup,
    missing_data,
    source_lost,
    direction_flip,
    stabilized_up,
    stabilized_down,
    rate_limited_up,
    rate_limited_down,
    direction_disabled,
    at_max,
    at_min,
    bounds_conflict,
    update_in_progress,
    paused,
    dry_run,
    lost_race,
    service_not_found,
    not_replicated,
    not_opted_in,
    disabled_at_zero,
    swarm_unavailable,
    action_failed
};

std::string_view to_string(reason why);

} // namespace autoscaler::policy
