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

// A rule while it is read. Its kind is known only when all its keys are, so each kind has its parts here, and
// finish_rule() makes the value of one of them.
struct rule_draft {
    explicit rule_draft(std::size_t offset) : at(offset) {}

    // A field that was written, with or without a value that could be read.
    struct field {
        std::string_view key;
        std::size_t at;       // of the key
        std::size_t value_at; // of the value
    };

    std::size_t at; // where the rule, or the policy that is its home, begins
    std::string name;
    std::optional<std::size_t> name_at;
    std::vector<field> fields; // but the name, in file order

    int priority = 0;
    std::vector<matcher> matchers; // of alert rules and action rules
    duration for_{};
    alert_rule alert; // matchers and for_ stand above
    query_source query;
    std::vector<value_step> steps;
    target_rule target; // the query stands above
    action_rule action; // matchers and for_ stand above

    bool broken = false; // refused in a way that no further fault may follow from

    field const* find(std::string_view key) const;

    bool has(std::string_view key) const { return find(key) != nullptr; }
};

// Teaches `map` the fields of a rule but its name. `draft` must outlive the reading.
void add_rule_fields(map_reader& map, rule_draft& draft, fault_sink& faults);

// The keys of a rule but its name belong to a rule, wherever they are not known: `why` completes the text.
void misplace_rule_fields(map_reader& map, std::string_view why);

// The X of a matcher alertname="X"; "" where there is none or more than one.
std::string alert_name_of(rule_draft const& draft);

// A list of matchers, at least one. `what` is the key in texts.
std::vector<matcher> read_matchers(node const& value, std::string_view what, fault_sink& faults);

// The entries of `rules:`, those that are `broken` included.
std::vector<rule_draft> read_rules(node const& list, fault_sink& faults);

} // namespace autoscaler::policy::yaml
