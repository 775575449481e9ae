// The steps of a policy test.
#pragma once

#include "policy/yaml/node.hpp"
#include "policy/yaml/policy_test.hpp"

#include <vector>

namespace autoscaler::policy::yaml {

// `steps:`, in time order.
std::vector<test_file::step> read_steps(node const& value, fault_sink& faults);

} // namespace autoscaler::policy::yaml
