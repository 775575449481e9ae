// `rules:` of a policy.
#pragma once

#include "policy/yaml/rule_kinds.hpp"

#include <vector>

namespace autoscaler::policy::yaml {

// The entries of `rules:`, each with its name; broken ones too.
std::vector<placed_rule> read_rules(node const& list, fault_sink& faults);

} // namespace autoscaler::policy::yaml
