// What an alert rule lets us know of its alerts before they fire. Internal to this room.
#pragma once

#include "policy/core/policy.hpp"
#include "policy/lint/promql.hpp"
#include "policy/yaml/rule_file.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace autoscaler::policy::lint {

// Labels that Prometheus adds to alerts that have none of that name.
using external_labels = std::vector<std::pair<std::string, std::string>>;

class known_alert {
public:
    // Borrows `rule`.
    explicit known_alert(alert_definition const& rule) : rule_(&rule), facts_(read_promql(rule.expression)) {}

    alert_definition const& rule() const { return *rule_; }

    promql_facts const& facts() const { return facts_; }

    // The value that a label has on each of its alerts, "" where they have none; nothing where it may differ.
    std::optional<std::string_view> value_of(std::string_view label, external_labels const& added) const;

private:
    alert_definition const* rule_;
    promql_facts facts_;
};

enum class verdict { never, perhaps, surely };

// Whether the matcher, or all of several, match the alerts of `alert`.
verdict match(matcher const& one, known_alert const& alert, external_labels const& added);
verdict match(std::span<matcher const> all, known_alert const& alert, external_labels const& added);

// The matchers of an alert rule or an action rule; none of another.
std::span<matcher const> matchers_of(rule const& what);

external_labels const& external_labels_of(policy_set const& set);

} // namespace autoscaler::policy::lint
