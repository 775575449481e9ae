// Maps whose keys are names of the author's choice: labels, fields of a body.
#pragma once

#include "policy/yaml/fault_sink.hpp"
#include "policy/yaml/node.hpp"

#include <string>
#include <utility>
#include <vector>

namespace autoscaler::policy::yaml {

// Names and texts in file order; a text may be empty. `what` is the key in texts.
std::vector<std::pair<std::string, std::string>>
read_texts(node const& value, std::string const& what, fault_sink& faults);

} // namespace autoscaler::policy::yaml
