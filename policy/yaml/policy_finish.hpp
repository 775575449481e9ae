// What can be said about one policy when all its fields and rules are read, and the defaults that depend on
// them.
#pragma once

#include "policy/yaml/policy_fields.hpp"

namespace autoscaler::policy::yaml {

// `map` has read the policy's own keys; `defaults` is what the draft began with.
void finish_policy(
    policy_draft& draft, policy_draft const& defaults, map_reader const& map, fault_sink& faults
);

} // namespace autoscaler::policy::yaml
