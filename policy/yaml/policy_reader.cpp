#include "policy/yaml/policy_reader.hpp"

#include "policy/yaml/rule_fields.hpp"
#include "policy/yaml/scalars.hpp"
#include "policy/yaml/unsupported.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace autoscaler::policy::yaml {

namespace {

bool takes_away_when_resolved(rule const& one) {
    return std::get<alert_rule>(one.kind).on_resolved.what != resolved_action::kind::hold;
}

void read_service(policy_draft& draft, entry const& seen, fault_sink& faults) {
    draft.service_at = seen.value.offset;
    if (refuse_unsupported(place::policy, "service", seen.value, faults)) {
        draft.has_unsupported = true;
        return;
    }
    draft.value.service = read_text(seen.value, "service", faults).value_or("");
}

// The default name: that of the alert of the rule on the policy, else the service's.
void name_policy(policy_draft& draft, rule_draft const& inline_rule) {
    if (draft.name_at)
        return;
    draft.value.name = alert_name_of(inline_rule);
    if (draft.value.name.empty())
        draft.value.name = draft.value.service;
}

// The rules of the policy: a list, or one rule whose fields stand on the policy itself.
void adopt_rules(
    policy_draft& draft, node const* list, rule_draft inline_rule, map_reader const& map, fault_sink& faults
) {
    std::string const what =
        draft.value.name.empty() ? std::string("the policy") : "policy " + in_quotes(draft.value.name);
    bool const has_inline_rule =
        inline_rule.has_unsupported || std::ranges::any_of(rule_keys, [&](auto key) { return map.has(key); });
    std::vector<rule_draft> rules;
    if (list != nullptr) {
        if (inline_rule.first_field_at) {
            faults.error(
                *inline_rule.first_field_at,
                what + " has \"rules\" and a field of a rule beside them: put it into one of the rules"
            );
        }
        rules = read_rules(*list, faults);
    } else if (has_inline_rule) {
        check_rule(inline_rule, what, map, faults);
        inline_rule.value.name = draft.value.name;
        rules.push_back(std::move(inline_rule));
    } else if (!map.has("rules")) {
        faults.error(draft.at, what + " has no rule: add alert and scale, or rules");
    }
    for (auto& one : rules) {
        draft.has_unsupported = draft.has_unsupported || one.has_unsupported;
        if (one.on_resolved_at && !draft.on_resolved_at && takes_away_when_resolved(one.value))
            draft.on_resolved_at = one.on_resolved_at;
        draft.value.rules.push_back(std::move(one.value));
    }
}

void check_bounds(policy_draft& draft, policy_draft const& defaults, fault_sink& faults) {
    if (!draft.has_max) {
        faults.error(draft.at, "max is missing: every policy needs an upper bound");
        draft.value.max = std::max(draft.value.min, draft.value.max);
        return;
    }
    if (draft.value.min <= draft.value.max)
        return;
    auto const origin = [](std::optional<std::size_t> own, std::optional<std::size_t> inherited) {
        if (!own)
            return " (its default)";
        return own == inherited ? " (from defaults)" : "";
    };
    faults.error(
        std::max(draft.min_at.value_or(draft.at), draft.max_at.value_or(draft.at)),
        "min " + std::to_string(draft.value.min) + origin(draft.min_at, defaults.min_at) +
            " is greater than max " + std::to_string(draft.value.max) + origin(draft.max_at, defaults.max_at)
    );
}

} // namespace

policy_draft read_defaults(node const& value, load_options const& options, fault_sink& faults) {
    policy_draft draft;
    map_reader map(faults, "defaults");
    add_policy_fields(map, draft, options, faults);
    for (auto const* const key : {"name", "service", "rules"})
        map.misplaced(key, in_quotes(key) + " cannot stand under defaults: it belongs to one policy");
    for (auto const key : rule_keys)
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
    for (auto const* const key : {"version", "stack", "liveness", "alert_ttl", "defaults", "policies"})
        map.misplaced(key, in_quotes(key) + " belongs to the top of the file, not to a policy");
    if (!map.read(value)) {
        draft.has_unsupported = true; // one fault is enough for what is no policy at all
        return draft;
    }
    draft.has_max = draft.has_max || map.has("max");
    map.require("service", "service is missing: which service does the policy scale?");
    name_policy(draft, inline_rule);
    adopt_rules(draft, rules, std::move(inline_rule), map, faults);
    check_bounds(draft, defaults, faults);
    return draft;
}

} // namespace autoscaler::policy::yaml
