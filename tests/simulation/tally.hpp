// How often each fault, race and reason came up. A kind that never comes up proves nothing, so the run fails.
#pragma once

#include "policy/core/reason.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace autoscaler::simulation {

// What was done to the autoscalers, and what they met because of it.
enum class incident : std::uint8_t {
    // Messages to and from Swarm.
    inspect_lost,
    inspect_late,
    inspect_stale, // answered by a leader cut off from the others
    tasks_uncounted,
    update_late, // applied after the autoscaler had given up on it
    update_lost,
    update_refused,
    reply_lost_applied,
    reply_lost_not_applied,
    reply_false_conflict, // a manager repeated the request and met its own first try
    no_leader,
    event_lost,
    // Alerts.
    alert_lost,
    alert_late,
    alert_twice,
    alert_out_of_order,
    alert_unheard, // an instance is deaf for a time
    alert_expired,
    prometheus_dead,
    prometheus_restarted,
    relay_lost,
    // Autoscalers.
    crash_before_send,
    crash_reply_unread,
    crash_before_commit,
    crash_after_commit,
    crash_anywhere,
    restart_with_storage,
    restart_without_storage,
    storage_outdated, // its label was not the one of the service any more
    clock_apart,
    clock_jump,
    two_policies,
    policy_reloaded,
    // People.
    deploy_good,
    deploy_bad,
    stack_deploy,
    scaled_by_hand,
    rolled_back_by_hand,
    service_recreated,
    service_label_changed,
    placement_changed,
    node_lost,
    node_joined,
    silenced,
    api_pause,
    // Swarm by itself.
    rollout_paused,
    automatic_rollback,
    tasks_unschedulable,
    tasks_crash_looping,
    // What came of it.
    write_accepted,
    write_conflicted,
    race_lost,         // another autoscaler's write came between
    label_below_known, // an older label was put back
    label_gone,
    stale_read_seen,
    doubtful_write_found,
    message_failed,
    count
};

std::string_view to_string(incident what);

class tally {
public:
    void note(incident what) { ++incidents_[static_cast<std::size_t>(what)]; }

    void note(policy::reason why) { ++reasons_[static_cast<std::size_t>(why)]; }

    void add(tally const& other);

    std::uint64_t times(incident what) const { return incidents_[static_cast<std::size_t>(what)]; }

    std::uint64_t times(policy::reason why) const { return reasons_[static_cast<std::size_t>(why)]; }

    // A table for people, in columns.
    std::string text() const;

    // Whatever never came up.
    std::vector<std::string> missing() const;

private:
    static constexpr auto reason_count = static_cast<std::size_t>(policy::reason::action_failed) + 1;

    std::array<std::uint64_t, static_cast<std::size_t>(incident::count)> incidents_{};
    std::array<std::uint64_t, reason_count> reasons_{};
};

} // namespace autoscaler::simulation
