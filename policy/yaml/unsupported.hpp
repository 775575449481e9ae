// What the policy language has and this version has not: one table, which later work empties row by row.
#pragma once

#include "policy/yaml/fault_sink.hpp"
#include "policy/yaml/map_reader.hpp"

namespace autoscaler::policy::yaml {

enum class place { file, policy };

// Teaches `map` the keys of `where` that this version has not: each is refused as such.
void add_unsupported(map_reader& map, place where, fault_sink& faults);

} // namespace autoscaler::policy::yaml
