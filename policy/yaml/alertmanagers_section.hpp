// `alertmanagers:` of a policy file.
#pragma once

#include "policy/core/policy.hpp"
#include "policy/yaml/fault_sink.hpp"
#include "policy/yaml/node.hpp"

#include <vector>

namespace autoscaler::policy::yaml {

std::vector<alertmanager_source> read_alertmanagers(node const& value, fault_sink& faults);

} // namespace autoscaler::policy::yaml
