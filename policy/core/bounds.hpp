// The bounds of a service, as its policies and the time of day set them. Pure.
#pragma once

#include "policy/core/policy.hpp"
#include "policy/core/scale.hpp"

#include <optional>
#include <span>

namespace autoscaler::policy {

// The bounds that several policies of one service have together, each by its first active schedule window;
// min > max where they do not meet.
replica_bounds common_bounds(std::span<service_policy const* const> policies, time_point now);

// When a schedule may change them next; none without schedules.
std::optional<time_point> next_bounds(std::span<service_policy const* const> policies, time_point now);

// Whether the policies never bring the service to 0, at whatever time of day: where it is, somebody else has.
bool never_zero(std::span<service_policy const* const> policies);

} // namespace autoscaler::policy
