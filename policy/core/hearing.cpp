#include "policy/core/hearing.hpp"

#include "policy/core/act.hpp"

#include <algorithm>
#include <type_traits>
#include <utility>

namespace autoscaler::policy {

namespace {

// What its query said, for the record.
void note_value(decision& record, service_policy const& policy, rule const& what, sample const& seen) {
    if (!query_of(what))
        return;
    record.values.push_back({
        .policy = policy.name,
        .rule = what.name,
        .value = seen.what == sample::kind::value ? std::optional(seen.value) : std::nullopt,
        .detail = seen.what == sample::kind::empty ? "no series" : seen.detail,
    });
}

proposal propose_by(
    rule const& what,
    rule_signal const& signal,
    rule_memory& memory,
    rule_context const& context,
    std::optional<time_point>& recheck
) {
    return std::visit(
        [&](auto const& kind) -> proposal {
            if constexpr (std::is_same_v<std::decay_t<decltype(kind)>, action_rule>)
                return {}; // it asks for no count
            else
                return propose(kind, signal, memory, context, recheck);
        },
        what.kind
    );
}

// The alerts of a rule fire, and silences cover all of them. Actions do not count: they keep no `return`
// away.
bool is_silenced(policy_input const& input) {
    for (std::size_t i = 0; i < input.signals.size(); ++i)
        if (input.signals[i].silenced && std::holds_alternative<alert_rule>(input.policy->rules[i].kind))
            return true;
    return false;
}

// The rules of one policy, then its `return`.
void hear_policy(
    policy_input const& input,
    rule_context const& context,
    history& memory,
    decision& record,
    std::vector<proposal>& proposals,
    std::optional<time_point>& recheck
) {
    service_policy const* const policy = input.policy;
    std::optional<int> lowest;
    time_point& busy = memory.busy.try_emplace(policy->name, context.now).first->second;
    auto const add = [&](proposal made, rule const* origin, rule_signal const* signal, int priority) {
        if (made.what == wish::abstain)
            return;
        made.policy = policy;
        made.origin = origin;
        made.signal = signal;
        made.priority = priority;
        add_trace(record, "rule", context.replicas, made.replicas, to_string(made.why), &made);
        proposals.push_back(made);
        if (origin && made.what != wish::down)
            busy = context.now;
    };
    for (std::size_t i = 0; i < policy->rules.size(); ++i) {
        rule const& heard = policy->rules[i];
        rule_signal const& signal = input.signals[i];
        if (std::holds_alternative<action_rule>(heard.kind))
            continue;
        note_value(record, *policy, heard, signal.value);
        auto& remembered = memory.rules[memory_key(policy->name, heard.name)];
        add(propose_by(heard, signal, remembered, context, recheck), &heard, &signal, heard.priority);
        lowest = std::min(lowest.value_or(heard.priority), heard.priority);
    }
    add(propose_return(*policy, busy, context, recheck), nullptr, nullptr, lowest.value_or(0));
}

} // namespace

void add_trace(
    decision& to,
    std::string_view stage,
    std::int64_t in,
    std::int64_t out,
    std::string_view why,
    proposal const* of
) {
    trace_step step{.stage = stage, .policy = {}, .rule = {}, .in = in, .out = out, .why = std::string(why)};
    if (of && of->policy)
        step.policy = of->policy->name;
    if (of && of->origin)
        step.rule = of->origin->name;
    to.trace.push_back(std::move(step));
}

std::vector<proposal> hear_rules(
    std::span<policy_input const* const> inputs,
    rule_context context,
    history& memory,
    decision& record,
    std::optional<time_point>& recheck
) {
    std::vector<proposal> proposals;
    context.silenced = std::ranges::any_of(inputs, [](auto const* input) { return is_silenced(*input); });
    for (auto const* input : inputs) {
        context.warmup = input->policy->warmup;
        hear_policy(*input, context, memory, record, proposals, recheck);
    }
    return proposals;
}

std::vector<decision> hear_action_rules(
    std::span<policy_input const* const> inputs,
    situation const& facts,
    history& memory,
    time_point now,
    std::optional<time_point>& recheck
) {
    std::vector<decision> acts;
    for (auto const* input : inputs)
        for (std::size_t i = 0; i < input->policy->rules.size(); ++i) {
            auto const& heard = input->policy->rules[i];
            if (!std::holds_alternative<action_rule>(heard.kind))
                continue;
            auto& remembered = memory.rules[memory_key(input->policy->name, heard.name)];
            if (auto made =
                    consider(*input->policy, heard, input->signals[i], remembered, facts, now, recheck))
                acts.push_back(std::move(*made));
        }
    return acts;
}

} // namespace autoscaler::policy
