// What the scheduler and the nodes do with a task: find it a node, prepare, start, run and stop it. Acts on
// one task at a time through the store; replacing tasks that end is not its business.
#pragma once

#include "swarm_client/model/store.hpp"

namespace autoscaler::swarm::model::agent {

// Sets the timer of the task's next step, voiding the one before. To be called after every change of the
// task.
void plan(store& all, task& which);

// Takes the step that is due.
void step(store& all, task& which);

// Raises the desired state (it never goes back) and plans anew.
void want(store& all, task& which, task_state desired);

// Gives tasks without a node another chance: the nodes have changed.
void retry_pending(store& all);

} // namespace autoscaler::swarm::model::agent
