// Which kind of rule a set of keys means, and whether they are the keys of one kind. Values are not looked at
// but where one key's value decides over another key.
#pragma once

#include "policy/yaml/fault_sink.hpp"
#include "policy/yaml/map_reader.hpp"
#include "policy/yaml/rule_fields.hpp"

#include <span>
#include <string>
#include <string_view>

namespace autoscaler::policy::yaml {

enum class rule_kind { alert, steps, target, action };

// The keys of a rule but its name.
std::span<std::string_view const> rule_keys();

// What tells the kinds apart, in texts too.
struct hallmarks {
    std::string_view cause;  // of a rule on alerts
    std::string_view query;  // of a rule on a query
    std::string_view target; // of a target rule
    std::string_view action; // of an action rule
    bool steps = false;
};

// Checks the keys of one rule and lives no longer. `what` names the rule in texts; `map` has read its keys
// into `draft`. Borrows all of them.
class kind_check {
public:
    kind_check(rule_draft const& draft, std::string const& what, map_reader const& map, fault_sink& faults);

    rule_kind kind() const { return kind_; }

    // False, and reported, where the keys are those of several kinds.
    bool is_one_kind();
    // Reports keys that this kind has not.
    void refuse_misfits();
    // Reports what this kind needs and is not there.
    void require_parts();

private:
    void refuse_both(std::string_view a, std::string_view b, std::string const& why);

    void missing(std::string const& text) { faults_.error(draft_.at, what_ + text); }

    std::string misfit_text(std::string_view key) const;
    void require_action_parts();
    void require_query();

    rule_draft const& draft_;
    std::string const& what_;
    map_reader const& map_;
    fault_sink& faults_;
    hallmarks seen_;
    rule_kind kind_;
};

} // namespace autoscaler::policy::yaml
