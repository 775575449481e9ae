// One entry of `policies:`, and `defaults:`.
#pragma once

#include "policy/yaml/policy_fields.hpp"

namespace autoscaler::policy::yaml {

// What every policy begins with.
policy_draft read_defaults(node const& value, load_options const& options, fault_sink& faults);

// One policy on top of `defaults`. Where something is wrong with it, faults say so and the draft holds what
// could be read.
policy_draft
read_policy(node const& value, policy_draft const& defaults, load_options const& options, fault_sink& faults);

} // namespace autoscaler::policy::yaml
