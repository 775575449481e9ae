// What kind of rule a set of fields makes: the checks that need all of them, and the value.
#pragma once

#include "policy/core/policy.hpp"
#include "policy/yaml/fault_sink.hpp"
#include "policy/yaml/rule_fields.hpp"

#include <cstddef>
#include <optional>
#include <string>

namespace autoscaler::policy::yaml {

// A rule and where it stands.
struct placed_rule {
    rule value;
    std::size_t at = 0;
    std::optional<std::size_t> name_at;
    std::optional<std::size_t> on_resolved_at; // of one that does something
    bool broken = false; // it is not clear what its author meant: no further fault may follow from it
};

// The first key of a rule in `map`, which has read them; none where there is none.
std::optional<std::size_t> first_rule_key(map_reader const& map);

// The rule of the fields that `map` has read into `draft`, still without a name. `what` names it in texts.
// Where something is missing, or the fields belong to several kinds, faults say so.
placed_rule finish_rule(rule_draft draft, std::string const& what, map_reader const& map, fault_sink& faults);

// The X of a matcher alertname="X"; "" where there is none or more than one.
std::string alert_name_of(rule_draft const& draft);

} // namespace autoscaler::policy::yaml
