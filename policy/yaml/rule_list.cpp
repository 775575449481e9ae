#include "policy/yaml/rule_list.hpp"

#include "policy/yaml/policy_fields.hpp"
#include "policy/yaml/scalars.hpp"

#include <map>
#include <string>
#include <utility>

namespace autoscaler::policy::yaml {

namespace {

placed_rule read_rule(node const& item, fault_sink& faults) {
    rule_draft draft(item.offset);
    std::string name;
    std::optional<std::size_t> name_at;
    map_reader map(faults, "a rule");
    map.key("name", [&](entry const& seen) {
        name_at = seen.value.offset;
        name = read_text(seen.value, "name", faults).value_or("");
    });
    add_rule_fields(map, draft, faults);
    for (auto const key : policy_keys())
        map.misplaced(key, in_quotes(key) + " is a field of the policy, not of a rule");
    if (!map.read(item)) {
        placed_rule made;
        made.at = item.offset;
        made.broken = true; // one fault is enough for what is no rule at all
        return made;
    }
    if (!map.has("name"))
        name = alert_name_of(draft);
    // A rule of nothing but faults is told of those alone.
    bool const needs_name = !map.has("name") && name.empty() && !map.has("alert") &&
                            (map.has("matchers") || map.has("query") || map.has("action"));
    placed_rule made =
        finish_rule(std::move(draft), name.empty() ? "the rule" : "rule " + in_quotes(name), map, faults);
    if (needs_name)
        faults.error(item.offset, "the rule needs a name: it has no alert to take one from");
    made.value.name = std::move(name);
    made.name_at = name_at;
    return made;
}

} // namespace

std::vector<placed_rule> read_rules(node const& list, fault_sink& faults) {
    std::vector<placed_rule> rules;
    if (list.what != node::kind::list || list.items.empty()) {
        std::string const found = list.what == node::kind::list ? "an empty list" : describe(list);
        faults.error(list.offset, "rules must be a list of rules, not " + found);
        return rules;
    }
    std::map<std::string, std::size_t> places;
    for (auto const& item : list.items) {
        rules.push_back(read_rule(item, faults));
        placed_rule const& made = rules.back();
        std::size_t const at = made.name_at.value_or(made.at);
        if (made.value.name.empty())
            continue;
        auto const [first, is_new] = places.emplace(made.value.name, at);
        if (is_new)
            continue;
        faults.error(
            at,
            "two rules of this policy are called " + in_quotes(made.value.name) + ": the other stands at " +
                faults.where(first->second) + "; give each its own name"
        );
    }
    return rules;
}

} // namespace autoscaler::policy::yaml
