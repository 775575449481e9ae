// The engine's JSON about config objects <-> values. Pure; takes any text whatsoever and never throws.
// Faults are errors of kind `protocol` (an answer) or `refused` (what must not be sent); who called fills in
// operation and endpoint.
#pragma once

#include "swarm_client/config_object.hpp"
#include "swarm_client/error.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace autoscaler::swarm {

// The value of `filters` that asks for configs whose name begins like this.
std::string config_filter(std::string_view name_prefix);

// The answer of GET /configs: those whose name begins with `name_prefix`. `api_version` is left empty.
result<std::vector<config_object>> decode_configs(std::string_view text, std::string_view name_prefix);

// The ID in the answer of POST /configs/create.
result<std::string> decode_created(std::string_view text);

// The body that creates a config with these labels. The engine wants at least one byte of data: it is "-".
// Refused: what is not UTF-8.
result<std::string> new_config(std::string_view name, label_map const& labels);

// The body that gives a config these labels in place of those that it has; all else stays as it was read.
result<std::string> changed_config(config_object const& inspected, label_map const& labels);

} // namespace autoscaler::swarm
