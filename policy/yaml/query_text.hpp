// What can be said about a PromQL text without a Prometheus: its variables and its range selectors. No parser
// of PromQL: texts in quotes and comments are skipped, the rest is taken as it stands.
#pragma once

#include "policy/core/time.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace autoscaler::policy::yaml {

// The first variable that is not exactly `$service`, as it is written: `$svc`, `${service}`. None is good.
std::optional<std::string> unknown_variable(std::string_view promql);

// The shortest range of a selector such as [5m] or [1h:1m]; none where the query has none.
std::optional<duration> shortest_range(std::string_view promql);

} // namespace autoscaler::policy::yaml
