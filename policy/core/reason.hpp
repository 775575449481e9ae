// The stable reason codes of decisions. Their words are a contract: log lines, metrics and the API carry
// them.
#pragma once

#include <cstdint>
#include <string_view>

namespace autoscaler::policy {

enum class reason : std::uint8_t {
    // They act, or would.
    alert,
    give_back, // `return`
    resolved,
    bounds_max,
    bounds_min,
    // They hold.
    no_signal,
    no_policy,
    for_pending,
    already_acted,
    veto,
    cooldown_up,
    cooldown_down,
    not_converged,
    source_lost,
    at_max,
    at_min,
    bounds_conflict,
    update_in_progress,
    paused,
    dry_run,
    lost_race,
    service_not_found,
    not_replicated,
    disabled_at_zero,
    swarm_unavailable
};

std::string_view to_string(reason why);

} // namespace autoscaler::policy
