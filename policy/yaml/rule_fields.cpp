#include "policy/yaml/rule_fields.hpp"

#include "policy/yaml/action_fields.hpp"
#include "policy/yaml/expressions.hpp"
#include "policy/yaml/query_fields.hpp"
#include "policy/yaml/scalars.hpp"

#include <array>
#include <iterator>
#include <utility>
#include <variant>

namespace autoscaler::policy::yaml {

namespace {

// Priorities order a handful of rules; a bound far inside int.
constexpr std::int64_t max_priority = 1'000'000;

void add_alert_fields(map_reader& map, rule_draft& draft, fault_sink& faults) {
    map.key("alert", [&](entry const& seen) {
        if (auto name = read_text(seen.value, "alert", faults))
            draft.matchers.push_back(matcher::alert_name(*name));
    });
    map.key("matchers", [&](entry const& seen) {
        auto matchers = read_matchers(seen.value, "matchers", faults);
        std::ranges::move(matchers, std::back_inserter(draft.matchers));
    });
    map.key("scale", [&](entry const& seen) {
        draft.alert.scale = read_scale(seen.value, faults).value_or(scale_expression{});
    });
    map.key("for", [&](entry const& seen) {
        draft.for_ = read_duration(seen.value, "for", faults).value_or(duration{});
    });
    map.key("repeat", [&](entry const& seen) {
        draft.alert.repeat = read_repeat(seen.value, faults).value_or(repeat_rhythm{});
    });
    map.key("on_resolved", [&](entry const& seen) {
        draft.on_resolved_at = seen.value.offset;
        draft.alert.on_resolved = read_on_resolved(seen.value, faults).value_or(resolved_action{});
    });
    map.key("priority", [&](entry const& seen) {
        auto const number = read_integer(seen.value, "priority", -max_priority, max_priority, faults);
        draft.priority = static_cast<int>(number.value_or(0));
    });
}

void add_query_fields(map_reader& map, rule_draft& draft, fault_sink& faults) {
    auto& query = draft.query;
    map.key("query", [&](entry const& seen) {
        draft.query_at = seen.value.offset;
        query.promql = read_promql(seen.value, faults).value_or("");
    });
    map.key("every", [&](entry const& seen) {
        query.every =
            read_positive_duration(seen.value, "every", "would never stop asking; the default is 15s", faults)
                .value_or(query.every);
    });
    map.key("reduce", [&](entry const& seen) {
        query.reduce = read_reduction(seen.value, faults).value_or(query.reduce);
    });
    map.key("on_missing", [&](entry const& seen) { query.on_missing = read_missing(seen.value, faults); });
    map.key("steps", [&](entry const& seen) { draft.steps = read_value_steps(seen.value, faults); });
    map.key("target", [&](entry const& seen) {
        draft.target.target = read_target(seen.value, faults).value_or(draft.target.target);
    });
    map.key("mode", [&](entry const& seen) {
        draft.target.what = read_target_mode(seen.value, faults).value_or(draft.target.what);
    });
    map.key("tolerance", [&](entry const& seen) { read_tolerance(draft.target, seen.value, faults); });
}

void add_action_fields(map_reader& map, rule_draft& draft, fault_sink& faults) {
    map.key("action", [&](entry const& seen) { draft.action_kind = read_action(seen.value, faults); });
    map.key("on", [&](entry const& seen) {
        read_word(seen.value, "on", std::array<std::string_view, 1>{"node_joined"}, faults);
    });
    map.key("action_cooldown", [&](entry const& seen) {
        draft.action.cooldown =
            read_duration(seen.value, "action_cooldown", faults).value_or(draft.action.cooldown);
    });
    map.key("webhook", [&](entry const& seen) { draft.action.target = read_webhook(seen.value, faults); });
}

} // namespace

void add_rule_fields(map_reader& map, rule_draft& draft, fault_sink& faults) {
    add_alert_fields(map, draft, faults);
    add_query_fields(map, draft, faults);
    add_action_fields(map, draft, faults);
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

} // namespace autoscaler::policy::yaml
