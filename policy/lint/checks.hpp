// The checks, by subject; lint.cpp calls them all. Internal to this room.
#pragma once

#include "policy/lint/known_alert.hpp"
#include "policy/lint/lint.hpp"
#include "policy/lint/placed_rule.hpp"

#include <span>
#include <string>
#include <vector>

namespace autoscaler::policy::lint {

using findings = std::vector<finding>;

// `alert "X" (rules.yml:4)`.
std::string title_of(alert_definition const& alert);

// matching.cpp
void check_contradictions(policy_file const& file, findings& found);
void check_satisfiable(policy_file const& file, std::span<known_alert const> alerts, findings& found);
void check_service_labels(policy_file const& file, std::span<known_alert const> alerts, findings& found);
void check_unmatched(
    std::span<policy_file const> files, std::span<known_alert const> alerts, findings& found
);

// windows.cpp
void check_step_times(policy_file const& file, findings& found);
void check_alert_windows(std::span<known_alert const> alerts, findings& found);

// overlaps.cpp; `alerts` may be empty.
void check_overlaps(policy_file const& file, std::span<known_alert const> alerts, findings& found);

} // namespace autoscaler::policy::lint
