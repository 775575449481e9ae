// The small expressions of the language, text to value: steps of `scale`, of `on_resolved`, of `return.by`,
// and `repeat`. Each gives the value, or reports what was expected at the value's place.
#pragma once

#include "policy/core/policy.hpp"
#include "policy/yaml/fault_sink.hpp"
#include "policy/yaml/node.hpp"

#include <optional>

namespace autoscaler::policy::yaml {

// +n, -n, n (a delta), +p%, -p%, =n, max, min, hold.
std::optional<scale_expression> read_scale(node const& value, fault_sink& faults);

// Whether a step raises, or lowers, whatever is there. `=n` may do either.
bool grows(scale_expression const& step);
bool shrinks(scale_expression const& step);

// hold, revert, or a way back: -n, -p%, =n, min.
std::optional<resolved_action> read_on_resolved(node const& value, fault_sink& faults);

// What `return` takes away: n or p%, always positive.
std::optional<scale_expression> read_return_step(node const& value, fault_sink& faults);

// true, false, or a duration.
std::optional<repeat_rhythm> read_repeat(node const& value, fault_sink& faults);

} // namespace autoscaler::policy::yaml
