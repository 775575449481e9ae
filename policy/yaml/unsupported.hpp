// What the policy language has and this version has not: one table, which later work empties row by row.
#pragma once

#include "policy/yaml/fault_sink.hpp"
#include "policy/yaml/map_reader.hpp"
#include "policy/yaml/node.hpp"

#include <functional>
#include <string_view>

namespace autoscaler::policy::yaml {

enum class place { file, policy, rule };

// Teaches `map` the keys of `where` that this version has not: each is refused as such, and `on_seen` is
// told.
void add_unsupported(map_reader& map, place where, fault_sink& faults, std::function<void()> const& on_seen);

// True, and reported, where `value` is a value of `key` that this version has not.
bool refuse_unsupported(place where, std::string_view key, node const& value, fault_sink& faults);

} // namespace autoscaler::policy::yaml
