// `schedules` of a policy.
#pragma once

#include "policy/core/schedule.hpp"
#include "policy/yaml/fault_sink.hpp"
#include "policy/yaml/node.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace autoscaler::policy::yaml {

// A window and where its bounds stand, or it begins.
struct placed_window {
    schedule_window value;
    std::size_t min_at = 0;
    std::size_t max_at = 0;
};

// `max_replicas`: no window may ask for more.
std::vector<placed_window> read_schedules(node const& value, std::int64_t max_replicas, fault_sink& faults);

} // namespace autoscaler::policy::yaml
