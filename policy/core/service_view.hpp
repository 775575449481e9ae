// A Swarm service as the core sees it: one observation, already decoded, never written to.
#pragma once

#include "policy/core/state.hpp"
#include "policy/core/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace autoscaler::policy {

enum class service_mode { replicated, global, replicated_job, global_job, other };

// UpdateStatus.State of the engine; none where the engine has no UpdateStatus.
enum class update_state {
    none,
    updating,
    paused,
    completed,
    rollback_started,
    rollback_paused,
    rollback_completed
};

// What the label swarm.autoscaler.pause says at the time of the observation.
enum class pause_mode { none, up, down, both };

// What keeps tasks of the last step up from running.
enum class stuck_state { none, unschedulable, crash_looping };

struct service_view {
    std::string id;
    std::string name;          // the full name: STACK_name for a service of a stack
    std::uint64_t version = 0; // Version.Index: a write names it and is refused if it has grown since
    service_mode mode = service_mode::replicated;
    std::int64_t replicas = 0;           // of the spec, never a count of tasks
    std::optional<std::int64_t> running; // running tasks; none: not asked for
    update_state update = update_state::none;
    // A deploy was posted this instant and the engine has not said `updating` yet: UpdateStatus is absent
    // while the spec differs from PreviousSpec in what needs a rollout. Measured: 0.5 to 6 ms; see engine.cpp
    // for its end.
    bool deploy_in_flight = false;
    pause_mode pause = pause_mode::none;
    bool opted_in = false; // the label swarm.autoscaler.enable=true: may be found by an alert's label
    stuck_state stuck = stuck_state::none; // counted with `running`
    // FailureAction of its updates is not `continue`: a write in an update would spoil the pause or the
    // rollback.
    bool rollback_at_risk = false;
    std::uint64_t template_digest = 0; // differs where TaskTemplate does
    // Somebody else has deployed since we last saw it as it should be. Filled in by the engine.
    bool deployed = false;
    // PreviousSpec, where there is one: what the last write to the service, whoever made it, has found.
    std::optional<std::int64_t> previous_replicas;
    std::optional<std::uint64_t> previous_template_digest;
    std::optional<service_state> state;          // the label swarm.autoscaler.state
    std::optional<service_state> previous_state; // the same of PreviousSpec, where a deploy leaves it

    // The youngest label there is: the service's own, else what a deploy has pushed into PreviousSpec.
    std::optional<service_state> const& last_state() const { return state ? state : previous_state; }
};

std::string_view to_string(service_mode mode);
std::string_view to_string(update_state state);
std::string_view to_string(pause_mode pause);
std::string_view to_string(stuck_state stuck);

// A rollout or a rollback is under way or waits for a person: any write now would spoil it.
bool in_rollout(update_state state);

// A rollback is under way or was the last thing that happened: whatever is written to the service clears it.
bool is_rollback(update_state state);

} // namespace autoscaler::policy
