// The fields of rules on queries: the query itself, the steps of a step rule, the target of a target rule.
// Each function gives the value, or reports what was expected.
#pragma once

#include "policy/core/policy.hpp"
#include "policy/yaml/fault_sink.hpp"
#include "policy/yaml/node.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace autoscaler::policy::yaml {

// PromQL. It is not parsed; a variable other than `$service` is a fault.
std::optional<std::string> read_promql(node const& value, fault_sink& faults);

// hold, ignore, zero, or {replicas, after, mode}.
missing_rule read_missing(node const& value, fault_sink& faults);

// error, avg, max, min or sum.
std::optional<series_reduction> read_reduction(node const& value, fault_sink& faults);

// `> 20`.
std::optional<threshold> read_threshold(node const& value, fault_sink& faults);

// At least one step, none of them up where another is down.
std::vector<value_step> read_value_steps(node const& value, fault_sink& faults);

// A number above 0.
std::optional<double> read_target(node const& value, fault_sink& faults);

// average, total or replicas.
std::optional<target_rule::mode> read_target_mode(node const& value, fault_sink& faults);

// One number for both directions, or {up, down}.
void read_tolerance(target_rule& rule, node const& value, fault_sink& faults);

} // namespace autoscaler::policy::yaml
