#include "policy/yaml/rule_fields.hpp"

#include "policy/yaml/expressions.hpp"
#include "policy/yaml/scalars.hpp"
#include "policy/yaml/unsupported.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <utility>
#include <variant>

namespace autoscaler::policy::yaml {

namespace {

// Priorities order a handful of rules; a bound far inside int.
constexpr std::int64_t max_priority = 1'000'000;

constexpr std::array<std::string_view, 12> policy_keys{
    "service",
    "enabled",
    "dry_run",
    "min",
    "max",
    "zero",
    "cooldown",
    "converge_timeout",
    "during_update",
    "on_external",
    "return",
    "rules"
};

void note_field(rule_draft& draft, node const& key) {
    if (!draft.first_field_at)
        draft.first_field_at = key.offset;
}

void read_alert(rule_draft& draft, entry const& seen, fault_sink& faults) {
    draft.alert_at = seen.key.offset;
    if (auto name = read_text(seen.value, "alert", faults))
        draft.alert().matchers.push_back(matcher::alert_name(*name));
}

void read_own_matchers(rule_draft& draft, entry const& seen, fault_sink& faults) {
    draft.matchers_at = seen.key.offset;
    auto matchers = read_matchers(seen.value, "matchers", faults);
    std::ranges::move(matchers, std::back_inserter(draft.alert().matchers));
}

rule_draft read_rule(node const& item, fault_sink& faults) {
    rule_draft draft(item.offset);
    map_reader map(faults, "a rule");
    map.key("name", [&](entry const& seen) {
        draft.name_at = seen.value.offset;
        draft.value.name = read_text(seen.value, "name", faults).value_or("");
    });
    add_rule_fields(map, draft, faults);
    for (auto const key : policy_keys)
        map.misplaced(key, in_quotes(key) + " is a field of the policy, not of a rule");
    if (!map.read(item)) {
        draft.has_unsupported = true; // one fault is enough for what is no rule at all
        return draft;
    }
    bool const named = map.has("name");
    if (!named)
        draft.value.name = alert_name_of(draft);
    check_rule(
        draft, draft.value.name.empty() ? "the rule" : "rule " + in_quotes(draft.value.name), map, faults
    );
    if (!named && draft.value.name.empty() && draft.matchers_at)
        faults.error(draft.at, "the rule needs a name: it has no alert to take one from");
    return draft;
}

} // namespace

void add_rule_fields(map_reader& map, rule_draft& draft, fault_sink& faults) {
    auto const field = [&](std::string_view name, auto read) {
        map.key(name, [&draft, read](entry const& seen) {
            note_field(draft, seen.key);
            read(seen);
        });
    };
    field("alert", [&](entry const& seen) { read_alert(draft, seen, faults); });
    field("matchers", [&](entry const& seen) { read_own_matchers(draft, seen, faults); });
    field("scale", [&](entry const& seen) {
        draft.alert().scale = read_scale(seen.value, faults).value_or(scale_expression{});
    });
    field("for", [&](entry const& seen) {
        draft.alert().for_ = read_duration(seen.value, "for", faults).value_or(duration{});
    });
    field("repeat", [&](entry const& seen) {
        draft.alert().repeat = read_repeat(seen.value, faults).value_or(repeat_rhythm{});
    });
    field("on_resolved", [&](entry const& seen) {
        draft.on_resolved_at = seen.value.offset;
        draft.alert().on_resolved = read_on_resolved(seen.value, faults).value_or(resolved_action{});
    });
    field("priority", [&](entry const& seen) {
        auto const number = read_integer(seen.value, "priority", -max_priority, max_priority, faults);
        draft.value.priority = static_cast<int>(number.value_or(0));
    });
    add_unsupported(map, place::rule, faults, [&draft] { draft.has_unsupported = true; });
}

void check_rule(rule_draft const& draft, std::string_view what, map_reader const& map, fault_sink& faults) {
    if (draft.alert_at && draft.matchers_at) {
        faults.error(
            std::max(*draft.alert_at, *draft.matchers_at),
            std::string(what) + " has both alert and matchers: write the alert as one of the matchers, "
                                "alertname=\"...\""
        );
    }
    if (draft.has_unsupported)
        return;
    if (!map.has("alert") && !map.has("matchers"))
        faults.error(draft.at, std::string(what) + " has neither alert nor matchers");
    if (!map.has("scale"))
        faults.error(draft.at, std::string(what) + " has no action: add scale, for example \"scale: +1\"");
}

std::string alert_name_of(rule_draft const& draft) {
    auto const& matchers = std::get<alert_rule>(draft.value.kind).matchers;
    std::string found;
    for (auto const& one : matchers) {
        if (one.name() != "alertname" || one.operation() != matcher::op::equal)
            continue;
        if (!found.empty())
            return {};
        found = one.value();
    }
    return found;
}

std::vector<matcher> read_matchers(node const& value, std::string_view what, fault_sink& faults) {
    std::vector<matcher> matchers;
    if (value.what != node::kind::list || value.items.empty()) {
        std::string const found = value.what == node::kind::list ? "an empty list" : describe(value);
        faults.error(
            value.offset,
            std::string(what) +
                " must be a list such as ['alertname=\"X\"', 'severity=~\"critical|page\"'], not " + found
        );
        return matchers;
    }
    for (auto const& item : value.items) {
        if (!item.is_scalar()) {
            faults.error(
                item.offset,
                std::string(what) + " holds texts such as 'alertname=\"X\"', not " + describe(item)
            );
            continue;
        }
        auto parsed = matcher::parse(item.text);
        if (auto const* const wrong = std::get_if<std::string>(&parsed))
            faults.error(item.offset, *wrong);
        else
            matchers.push_back(std::get<matcher>(std::move(parsed)));
    }
    return matchers;
}

std::vector<rule_draft> read_rules(node const& list, fault_sink& faults) {
    std::vector<rule_draft> rules;
    if (list.what != node::kind::list || list.items.empty()) {
        std::string const found = list.what == node::kind::list ? "an empty list" : describe(list);
        faults.error(list.offset, "rules must be a list of rules, not " + found);
        return rules;
    }
    std::map<std::string, std::size_t> places;
    for (auto const& item : list.items) {
        rules.push_back(read_rule(item, faults));
        rule_draft const& made = rules.back();
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
