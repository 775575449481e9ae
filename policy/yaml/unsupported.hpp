// What the policy language has and this version has not: the one place for it.
#pragma once

#include "policy/yaml/fault_sink.hpp"
#include "policy/yaml/map_reader.hpp"

namespace autoscaler::policy::yaml {

// Teaches `map` the keys of a file that this version has not: each is refused as such. An empty list of
// Alertmanagers, its default, says as much as none.
void add_unsupported(map_reader& map, fault_sink& faults);

} // namespace autoscaler::policy::yaml
