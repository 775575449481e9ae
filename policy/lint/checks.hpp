// The checks, by subject; lint.cpp calls them all. Internal to this room.
#pragma once

#include "policy/lint/known_alert.hpp"
#include "policy/lint/lint.hpp"

#include <span>
#include <string>
#include <vector>

namespace autoscaler::policy::lint {

using findings = std::vector<finding>;

// A rule of a policy file, with its place.
struct placed_rule {
    policy_file const* file = nullptr;
    service_policy const* policy = nullptr;
    rule const* what = nullptr;
    std::size_t at = 0;
    std::size_t service_at = 0;

    // `rule "x" of policy "web"`, or `policy "web"` where they have one name.
    std::string title() const;

    // An error or warning at this rule.
    finding error(std::string text) const;
    finding warning(std::string text) const;
};

// All rules, in file order.
std::vector<placed_rule> rules_of(policy_file const& file);

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
