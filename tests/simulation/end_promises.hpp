// The last promise: what fires when all is well is acted on within its cooldown, or a hold that is on record,
// and true, explains why not.
#pragma once

#include "tests/simulation/autoscaler.hpp"
#include "tests/simulation/promises.hpp"

#include <string>

namespace autoscaler::simulation {

// What an autoscaler says of an alert that fires for a service, looked up in its last decision and compared
// with the facts. "" where it is explained, else what is wrong.
std::string unexplained(
    autoscaler const& by, model::cluster const& swarm, std::string const& service, std::string const& alert
);

// How long after `calm_since` an alert may wait at most for its first step: cooldowns, its own `for` and
// `repeat`, and what it takes to be heard.
duration longest_wait(policy::policy_set const& policies);

} // namespace autoscaler::simulation
