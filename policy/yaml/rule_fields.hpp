// The fields of one rule, which stand in an entry of `rules:` or on the policy itself.
#pragma once

#include "policy/core/policy.hpp"
#include "policy/yaml/map_reader.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace autoscaler::policy::yaml {

// The fields of a rule while they are read. The kind of the rule is known only when all of them are, so each
// kind has its parts here; rule_kinds.hpp makes one rule of them.
struct rule_draft {
    explicit rule_draft(std::size_t offset) : at(offset) {}

    std::size_t at; // where the rule, or the policy that is its home, begins
    std::optional<std::size_t> query_at;
    std::optional<std::size_t> on_resolved_at;

    int priority = 0;
    std::vector<matcher> matchers; // of alert rules and action rules
    duration for_{};               // of the same
    alert_rule alert;              // but for these two
    query_source query;
    std::vector<value_step> steps;
    target_rule target;                           // but for its query
    std::optional<action_rule::kind> action_kind; // none where it is missing or was refused
    action_rule action;                           // but for its kind, matchers and for_
};

// Teaches `map` the fields of a rule but its name. `draft` must outlive the reading.
void add_rule_fields(map_reader& map, rule_draft& draft, fault_sink& faults);

// A list of matchers, at least one. `what` is the key in texts.
std::vector<matcher> read_matchers(node const& value, std::string_view what, fault_sink& faults);

} // namespace autoscaler::policy::yaml
