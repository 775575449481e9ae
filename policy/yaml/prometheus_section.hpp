// `prometheus:` of a policy file.
#pragma once

#include "policy/core/policy.hpp"
#include "policy/yaml/fault_sink.hpp"
#include "policy/yaml/node.hpp"

namespace autoscaler::policy::yaml {

prometheus_source read_prometheus(node const& value, fault_sink& faults);

} // namespace autoscaler::policy::yaml
