// `limits` of a policy: how many replicas, or percent, a period may add or remove.
#pragma once

#include "policy/core/policy.hpp"
#include "policy/yaml/fault_sink.hpp"
#include "policy/yaml/node.hpp"

namespace autoscaler::policy::yaml {

// {up, down, select}. What is left out keeps its value.
void read_limits(direction_limits& up, direction_limits& down, node const& value, fault_sink& faults);

} // namespace autoscaler::policy::yaml
