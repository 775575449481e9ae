// How fast a service may go where its rules want it: stabilization and rate limits. Pure.
#pragma once

#include "policy/core/history.hpp"
#include "policy/core/policy.hpp"
#include "policy/core/reason.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace autoscaler::policy {

// A count, and why it is not what was wanted: none where it is.
struct paced_count {
    std::int64_t replicas = 0;
    std::optional<reason> why;
    std::optional<time_point> until = {}; // where it is not: when a window that holds it back may let go
};

// The lowest wish of the window on the way up, the highest on the way down: a wish of the past holds a step
// back and never turns it around (Kubernetes KEP-853).
paced_count stabilize(
    std::int64_t wanted,
    std::int64_t replicas,
    std::vector<wish_record> const& wishes,
    stabilization const& windows,
    time_point now
);

// What the limits of the service's policies leave of a step: the strictest policy counts. The changes are
// those that were seen or made. Limits never turn a step around.
paced_count limit_rate(
    std::int64_t wanted,
    std::int64_t replicas,
    std::span<service_policy const* const> policies,
    std::vector<replica_change> const& changes,
    time_point now
);

} // namespace autoscaler::policy
