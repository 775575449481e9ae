// Moves rollouts: replaces the tasks of a service slot by slot, watches them for the monitor time, and
// completes, pauses or rolls back, as swarmkit's updater does. What it writes into a service goes through the
// store, so that every change of UpdateStatus is a new version of the service.
#pragma once

#include "swarm_client/model/restarts.hpp"

namespace autoscaler::swarm::model::rollouts {

// Whether this task is not what the service's Spec asks for.
bool is_dirty(store const& all, service const& owner, task const& which);

// Lets the tasks of these slots become what the service asks for now. An update under way to the very same
// Spec goes on; one to another Spec is abandoned and this one begins afresh.
void update(store& all, std::uint64_t owner, std::vector<std::uint64_t> const& slots);

// Follows a change of a task: counts failures, advances the worker that waits for it.
void on_change(store& all, std::uint64_t task_number);

// The delay of a worker has passed; the monitor time is over. There is a rollout of this service.
void on_worker_timer(store& all, std::uint64_t owner, std::uint64_t stamp);
void on_end_timer(store& all, std::uint64_t owner);

} // namespace autoscaler::swarm::model::rollouts
