// Brings the number of tasks of a service to what its Spec asks for, and hands the ones that stay to a
// rollout.
#pragma once

#include "swarm_client/model/rollout.hpp"

namespace autoscaler::swarm::model::orchestrator {

// Looks at one service after it changed. Job services are stored but not run.
void reconcile(store& all, std::uint64_t number);

// Looks at every global service: the nodes have changed.
void reconcile_global(store& all);

} // namespace autoscaler::swarm::model::orchestrator
