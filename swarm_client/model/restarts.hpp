// Replaces tasks that end by themselves, and holds the start of a new task until the old one has stopped.
// Knows nothing of rollouts and replica counts.
#pragma once

#include "swarm_client/model/agent.hpp"

namespace autoscaler::swarm::model::restarts {

// Lets `fresh` run after `delay`, and not before the task `after` has ended (at most a minute is waited for
// that).
void hold(store& all, task& fresh, duration delay, std::optional<std::uint64_t> after);

// Starts a held task if nothing holds it any more. To be called when its timer fires or the task before it
// ends.
void release(store& all, task& held);

// Shuts the task down and puts a new one in its slot, if its restart policy says so.
void replace(store& all, task& old);

// Follows a change of the task: replaces it if it ended unasked, releases what waited for its end.
void on_change(store& all, std::uint64_t number);

// Replaces what is to run on a node that is lost or drained.
void evacuate(store& all, node const& left);

// Whether the policy of the task asks for another one in its place.
bool wants_restart(task const& old);

} // namespace autoscaler::swarm::model::restarts
