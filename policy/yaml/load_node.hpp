// A policy file that stands inside another file: what load_policy() does, for a tree that is already read.
#pragma once

#include "policy/yaml/fault_sink.hpp"
#include "policy/yaml/load_policy.hpp"
#include "policy/yaml/node.hpp"

#include <string_view>

namespace autoscaler::policy::yaml {

// `text` is what `root` was read from; `faults` reports in it.
loaded_policy
load_node(node const& root, std::string_view text, load_options const& options, fault_sink& faults);

} // namespace autoscaler::policy::yaml
