// The service of a policy test and what happened before its first step.
#pragma once

#include "policy/yaml/node.hpp"
#include "policy/yaml/policy_test.hpp"

#include <string>

namespace autoscaler::policy::yaml {

// `name` receives the service's name and is none in a step, where a service cannot change it.
test_file::service_fields read_service_fields(node const& value, std::string* name, fault_sink& faults);

test_file::history_fields read_history(node const& value, fault_sink& faults);

} // namespace autoscaler::policy::yaml
