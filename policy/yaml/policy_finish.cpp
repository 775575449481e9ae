#include "policy/yaml/policy_finish.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace autoscaler::policy::yaml {

namespace {

// What HPA waits before it goes down.
constexpr duration target_stabilize_down = std::chrono::seconds(300);

// The fields that speak of a count.
constexpr std::array<std::string_view, 12> scaling_keys{
    "min",
    "max",
    "zero",
    "cooldown",
    "stabilize",
    "limits",
    "warmup",
    "on_stuck",
    "on_external",
    "return",
    "schedules",
    "converge_timeout"
};

bool is_action(rule const& one) {
    return std::holds_alternative<action_rule>(one.kind);
}

bool is_target(rule const& one) {
    return std::holds_alternative<target_rule>(one.kind);
}

// An alert that it hears can carry the service's name.
bool hears_alerts(rule const& one) {
    auto const* const action = std::get_if<action_rule>(&one.kind);
    return std::holds_alternative<alert_rule>(one.kind) || (action != nullptr && !action->on_node_joined());
}

// A policy that only acts must not take part in what decides the count, whatever `defaults` say.
void unbind(policy_draft& draft, map_reader const& map, fault_sink& faults) {
    draft.only_acts = true;
    for (auto const key : scaling_keys) {
        auto const at = map.key_at(key);
        if (!at)
            continue;
        std::string text = in_quotes(key) + " means nothing to a policy whose rules are all actions, which "
                                            "scales nothing; leave it out";
        if (key == "cooldown")
            text += ", or write \"action_cooldown\" in the rule";
        faults.error(*at, std::move(text));
    }
    service_policy const plain;
    auto& value = draft.value;
    value.min = 0;
    value.max = unlimited_replicas;
    value.zero = plain.zero;
    value.cooldown = plain.cooldown;
    value.stabilize = plain.stabilize;
    value.limit_up = plain.limit_up;
    value.limit_down = plain.limit_down;
    value.warmup = plain.warmup;
    value.converge_timeout = plain.converge_timeout;
    value.on_stuck = plain.on_stuck;
    value.on_external = plain.on_external;
    value.give_back.reset();
    draft.windows.clear();
}

void check_bounds(policy_draft& draft, policy_draft const& defaults, fault_sink& faults) {
    if (!draft.has_max) {
        // A rule that could not be read may be an action, which needs none.
        if (!draft.incomplete)
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

void check_windows(policy_draft const& draft, fault_sink& faults) {
    for (auto const& [window, min_at, max_at] : draft.windows) {
        std::int64_t const min = window.min.value_or(draft.value.min);
        std::int64_t const max = window.max.value_or(draft.value.max);
        if (min <= max || !draft.has_max || (!window.min && !window.max))
            continue;
        faults.error(
            std::max(min_at, max_at),
            "window " + in_quotes(window.name) + ": min " + std::to_string(min) +
                (window.min ? "" : " (the policy's)") + " is greater than max " + std::to_string(max) +
                (window.max ? "" : " (the policy's)")
        );
    }
}

} // namespace

void finish_policy(
    policy_draft& draft, policy_draft const& defaults, map_reader const& map, fault_sink& faults
) {
    auto& value = draft.value;
    if (!draft.incomplete && !value.rules.empty() && std::ranges::all_of(value.rules, is_action))
        unbind(draft, map, faults);
    else
        check_bounds(draft, defaults, faults);
    check_windows(draft, faults);
    if (!draft.has_stabilize_down && std::ranges::any_of(value.rules, is_target))
        value.stabilize.down = target_stabilize_down;
    if (value.from_label && !draft.incomplete && !value.rules.empty() &&
        std::ranges::none_of(value.rules, hears_alerts))
        faults.error(
            draft.service_at.value_or(draft.at),
            "the service is taken from a label, but no rule of the policy hears an alert that could have it"
        );
    for (auto& one : draft.windows)
        value.schedules.push_back(one.value);
}

} // namespace autoscaler::policy::yaml
