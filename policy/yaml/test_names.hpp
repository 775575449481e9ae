// Names in a policy test that its policy does not know: they would be ignored in silence, and the test would
// prove nothing. Warnings alone.
#pragma once

#include "policy/yaml/fault_sink.hpp"
#include "policy/yaml/node.hpp"
#include "policy/yaml/policy_test.hpp"

namespace autoscaler::policy::yaml {

// `item`: the test as it is written; `policies`: of its policy, which has loaded.
void warn_of_unknown_names(node const& item, policy_set const& policies, fault_sink& faults);

} // namespace autoscaler::policy::yaml
