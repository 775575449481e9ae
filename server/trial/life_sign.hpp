// The alert that says, in a policy test, that the monitoring is alive. Pure.
#pragma once

#include "policy/core/policy.hpp"
#include "policy/yaml/policy_test.hpp"

#include <optional>
#include <string>

namespace autoscaler::server::trial {

// Labels that all matchers of `liveness` match. Regular expressions are met where they list names
// ("Watchdog|DeadMan", "Watch.*"); none where no labels were found.
std::optional<policy::test_file::text_map> life_labels(policy::liveness_rule const& rule);

} // namespace autoscaler::server::trial
