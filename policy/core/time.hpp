// Time as the core sees it: an argument. Nothing in policy/core reads a clock.
#pragma once

#include <chrono>

namespace autoscaler::policy {

// All durations and ages of the core are whole milliseconds.
using duration = std::chrono::milliseconds;

// A moment of wall time (UTC, milliseconds since 1970).
using time_point = std::chrono::sys_time<duration>;

} // namespace autoscaler::policy
