#include "policy/yaml/policy_reader.hpp"

#include "policy/yaml/kind_check.hpp"
#include "policy/yaml/policy_finish.hpp"
#include "policy/yaml/rule_list.hpp"
#include "policy/yaml/scalars.hpp"

#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace autoscaler::policy::yaml {

namespace {

// `service: {label, allow}`.
void read_label_source(policy_draft& draft, node const& value, fault_sink& faults) {
    std::string label;
    std::string allow;
    std::size_t allow_at = value.offset;
    map_reader map(faults, "service");
    map.key("label", [&](entry const& seen) {
        label = read_text(seen.value, "service.label", faults).value_or("");
    });
    map.key("allow", [&](entry const& seen) {
        allow_at = seen.value.offset;
        allow = read_text(seen.value, "service.allow", faults).value_or("");
    });
    if (map.read(value)) {
        map.require("label", "service has no \"label\": which label of an alert has the service's name?");
        map.require(
            "allow",
            "service has no \"allow\": which services may an alert name? A regular expression such as "
            "'shop_.*'"
        );
    }
    auto made = matcher::make(label, matcher::op::matches, allow);
    if (auto const* const wrong = std::get_if<std::string>(&made))
        faults.error(allow_at, "service.allow: " + *wrong);
    else
        draft.value.from_label = label_source{std::move(label), std::get<matcher>(std::move(made))};
}

void read_service(policy_draft& draft, entry const& seen, fault_sink& faults) {
    draft.service_at = seen.value.offset;
    if (seen.value.what == node::kind::map)
        read_label_source(draft, seen.value, faults);
    else
        draft.value.service = read_text(seen.value, "service", faults).value_or("");
}

// The default name: that of the alert of the rule on the policy, else the service's, else its label's.
void name_policy(policy_draft& draft, rule_draft const& inline_rule) {
    auto& value = draft.value;
    if (draft.name_at)
        return;
    value.name = alert_name_of(inline_rule);
    if (value.name.empty())
        value.name = value.from_label ? value.from_label->label : value.service;
}

// The rules of the policy: a list, or one rule whose fields stand on the policy itself.
std::vector<placed_rule> rules_of(
    policy_draft const& draft,
    node const* list,
    rule_draft inline_rule,
    map_reader const& map,
    fault_sink& faults
) {
    std::string const what =
        draft.value.name.empty() ? std::string("the policy") : "policy " + in_quotes(draft.value.name);
    auto const first_field_at = first_rule_key(map);
    if (list != nullptr) {
        if (first_field_at)
            faults.error(
                *first_field_at,
                what + " has \"rules\" and a field of a rule beside them: put it into one of the rules"
            );
        return read_rules(*list, faults);
    }
    if (first_field_at) {
        placed_rule only = finish_rule(std::move(inline_rule), what, map, faults);
        only.value.name = draft.value.name;
        return {std::move(only)};
    }
    if (!map.has("rules"))
        faults.error(draft.at, what + " has no rule: add alert and scale, or rules");
    return {};
}

void adopt_rules(policy_draft& draft, std::vector<placed_rule> rules) {
    for (auto& one : rules) {
        draft.incomplete = draft.incomplete || one.broken;
        if (!draft.on_resolved_at)
            draft.on_resolved_at = one.on_resolved_at;
        if (!one.broken)
            draft.value.rules.push_back(std::move(one.value));
    }
}

} // namespace

policy_draft read_defaults(node const& value, load_options const& options, fault_sink& faults) {
    policy_draft draft;
    map_reader map(faults, "defaults");
    add_policy_fields(map, draft, options, faults);
    for (auto const* const key : {"name", "service", "rules"})
        map.misplaced(key, in_quotes(key) + " cannot stand under defaults: it belongs to one policy");
    for (auto const key : rule_keys())
        map.misplaced(key, in_quotes(key) + " cannot stand under defaults: it belongs to a rule");
    map.read(value);
    draft.has_max = map.has("max");
    return draft;
}

policy_draft read_policy(
    node const& value, policy_draft const& defaults, load_options const& options, fault_sink& faults
) {
    policy_draft draft = defaults;
    draft.at = value.offset;
    draft.during_update_at.reset(); // under defaults it may count for another policy
    rule_draft inline_rule(value.offset);
    node const* rules = nullptr;
    map_reader map(faults, "a policy");
    map.key("name", [&](entry const& seen) {
        draft.name_at = seen.value.offset;
        draft.value.name = read_text(seen.value, "name", faults).value_or("");
    });
    map.key("service", [&](entry const& seen) { read_service(draft, seen, faults); });
    map.key("rules", [&](entry const& seen) { rules = &seen.value; });
    add_policy_fields(map, draft, options, faults);
    add_rule_fields(map, inline_rule, faults);
    for (auto const* const key :
         {"version",
          "stack",
          "prometheus",
          "alertmanagers",
          "liveness",
          "alert_ttl",
          "notifiers",
          "defaults",
          "policies"})
        map.misplaced(key, in_quotes(key) + " belongs to the top of the file, not to a policy");
    if (!map.read(value)) {
        draft.incomplete = true; // one fault is enough for what is no policy at all
        return draft;
    }
    draft.has_max = draft.has_max || map.has("max");
    map.require("service", "service is missing: which service does the policy scale?");
    name_policy(draft, inline_rule);
    adopt_rules(draft, rules_of(draft, rules, std::move(inline_rule), map, faults));
    finish_policy(draft, defaults, map, faults);
    return draft;
}

} // namespace autoscaler::policy::yaml
