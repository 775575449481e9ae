#include "policy/yaml/rule_kinds.hpp"

#include "policy/yaml/duration.hpp"
#include "policy/yaml/kind_check.hpp"
#include "policy/yaml/query_text.hpp"

#include <algorithm>
#include <utility>

namespace autoscaler::policy::yaml {

namespace {

// A rate needs two samples, and a poll that finds the window half empty sees noise.
void warn_short_range(rule_draft const& draft, fault_sink& faults) {
    constexpr int polls = 4;
    auto const range = shortest_range(draft.query.promql);
    if (!draft.query_at || !range || *range >= polls * draft.query.every)
        return;
    faults.warning(
        *draft.query_at,
        "query: the range [" + to_text(*range) + "] is shorter than " + std::to_string(polls) +
            " polls (every " + to_text(draft.query.every) + "): write at least [" +
            to_text(polls * draft.query.every) + "], or poll more often"
    );
}

void build(rule& made, rule_kind kind, rule_draft& draft) {
    switch (kind) {
    case rule_kind::alert:
        draft.alert.matchers = std::move(draft.matchers);
        draft.alert.for_ = draft.for_;
        made.kind = std::move(draft.alert);
        break;
    case rule_kind::steps:
        made.kind = step_rule{std::move(draft.query), std::move(draft.steps)};
        break;
    case rule_kind::target:
        draft.target.query = std::move(draft.query);
        made.kind = std::move(draft.target);
        break;
    case rule_kind::action:
        draft.action.what = draft.action_kind.value_or(draft.action.what);
        draft.action.matchers = std::move(draft.matchers);
        draft.action.for_ = draft.for_;
        made.kind = std::move(draft.action);
        break;
    }
}

} // namespace

std::optional<std::size_t> first_rule_key(map_reader const& map) {
    std::optional<std::size_t> first;
    for (auto const key : rule_keys())
        if (auto const at = map.key_at(key))
            first = std::min(first.value_or(*at), *at);
    return first;
}

placed_rule
finish_rule(rule_draft draft, std::string const& what, map_reader const& map, fault_sink& faults) {
    kind_check check(draft, what, map, faults);
    placed_rule made;
    made.at = draft.at;
    made.value.priority = draft.priority;
    // An action that was refused may need, or forbid, anything.
    bool const unknown_action = map.has("action") && !draft.action_kind;
    if (!check.is_one_kind() || unknown_action) {
        made.broken = true;
        return made;
    }
    check.refuse_misfits();
    check.require_parts();
    if (draft.alert.on_resolved.what != resolved_action::kind::hold)
        made.on_resolved_at = draft.on_resolved_at;
    warn_short_range(draft, faults);
    build(made.value, check.kind(), draft);
    return made;
}

std::string alert_name_of(rule_draft const& draft) {
    std::string found;
    for (auto const& one : draft.matchers) {
        if (one.name() != "alertname" || one.operation() != matcher::op::equal)
            continue;
        if (!found.empty())
            return {};
        found = one.value();
    }
    return found;
}

} // namespace autoscaler::policy::yaml
