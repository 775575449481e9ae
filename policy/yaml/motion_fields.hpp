// How fast a policy may move a service: `cooldown`, `stabilize`, `limits`, `return`.
#pragma once

#include "policy/yaml/policy_fields.hpp"

namespace autoscaler::policy::yaml {

// Teaches `map` these fields. `draft` must outlive the reading. What a map leaves out keeps the draft's
// value.
void add_motion_fields(map_reader& map, policy_draft& draft, fault_sink& faults);

} // namespace autoscaler::policy::yaml
