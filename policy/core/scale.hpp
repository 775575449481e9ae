// The arithmetic of `scale`: what count an expression asks for.
#pragma once

#include "policy/core/policy.hpp"

#include <cstdint>

namespace autoscaler::policy {

// The bounds of a service in force now. min <= max.
struct replica_bounds {
    std::int64_t min = 1;
    std::int64_t max = 1;

    friend bool operator==(replica_bounds const&, replica_bounds const&) = default;
};

// The replicas that `expression` asks for at `count` replicas, not yet held to the bounds, never negative and
// never more than max_count. Percentages are integer arithmetic: 100 and 10 % make 110, where floating point
// makes 111.
std::int64_t scale(scale_expression const& expression, std::int64_t count, replica_bounds bounds);

// Far above any cap, far below overflow.
inline constexpr std::int64_t max_count = 1'000'000'000'000;

} // namespace autoscaler::policy
