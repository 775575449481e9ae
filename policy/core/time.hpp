// Time as the core sees it: an argument. Nothing in policy/core reads a clock.
#pragma once

#include <chrono>
#include <optional>

namespace autoscaler::policy {

// All durations and ages of the core are whole milliseconds.
using duration = std::chrono::milliseconds;

// A moment of wall time (UTC, milliseconds since 1970).
using time_point = std::chrono::sys_time<duration>;

// Keeps the earlier of two moments, either of which may not be set.
inline void keep_earliest(std::optional<time_point>& earliest, std::optional<time_point> candidate) {
    if (candidate && (!earliest || *candidate < *earliest))
        earliest = candidate;
}

} // namespace autoscaler::policy
