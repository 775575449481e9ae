// Time as the model sees it: an argument. Nothing in this folder reads a clock.
#pragma once

#include <chrono>

namespace autoscaler::swarm::model {

// Whole nanoseconds, the unit of every duration of the Engine API.
using duration = std::chrono::nanoseconds;

// A moment of wall time (UTC, nanoseconds since 1970).
using time_point = std::chrono::sys_time<duration>;

} // namespace autoscaler::swarm::model
