// What kind of rule a set of fields makes: the checks that need all of them, and the value.
#pragma once

#include "policy/core/policy.hpp"
#include "policy/yaml/fault_sink.hpp"
#include "policy/yaml/rule_fields.hpp"

#include <span>
#include <string>
#include <string_view>

namespace autoscaler::policy::yaml {

// All keys of rules but `name`.
std::span<std::string_view const> rule_keys();

// The rule of these fields. `what` names it in texts. Where something is missing, or the fields belong to
// several kinds, faults say so, `draft.broken` is set where the kind is not clear, and the value is what
// could be made of it.
rule finish_rule(rule_draft& draft, std::string const& what, fault_sink& faults);

} // namespace autoscaler::policy::yaml
