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

// The keys of a rule but its name.
inline constexpr std::string_view rule_keys[] = {
    "alert", "matchers", "scale", "for", "repeat", "on_resolved", "priority"
};

// Where a key stands and what it had, from the first key seen on.
struct rule_draft {
    explicit rule_draft(std::size_t offset) : at(offset) {}

    rule value;
    std::size_t at;                            // where the rule, or the policy that is its home, begins
    std::optional<std::size_t> first_field_at; // the first field of the rule that was seen
    std::optional<std::size_t> name_at;
    std::optional<std::size_t> alert_at;
    std::optional<std::size_t> matchers_at;
    std::optional<std::size_t> on_resolved_at;
    bool has_unsupported = false; // a rule of a kind that this version has not: no fault may follow from that

    alert_rule& alert() { return std::get<alert_rule>(value.kind); }
};

// Teaches `map` the fields of a rule but its name. `draft` must outlive the reading.
void add_rule_fields(map_reader& map, rule_draft& draft, fault_sink& faults);

// What can be said only when all fields are known: an action, matchers, one way to say which alerts.
// `what` names the rule in texts; `map` has read its fields.
void check_rule(rule_draft const& draft, std::string_view what, map_reader const& map, fault_sink& faults);

// The X of a matcher alertname="X"; "" where there is none or more than one.
std::string alert_name_of(rule_draft const& draft);

// A list of matchers, at least one. `what` is the key in texts.
std::vector<matcher> read_matchers(node const& value, std::string_view what, fault_sink& faults);

// The entries of `rules:`.
std::vector<rule_draft> read_rules(node const& list, fault_sink& faults);

} // namespace autoscaler::policy::yaml
