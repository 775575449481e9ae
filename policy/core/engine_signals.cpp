// The engine's half that gathers what is known for each rule: its alerts and its last value.
#include "policy/core/engine.hpp"

#include <algorithm>
#include <utility>

namespace autoscaler::policy {

std::vector<policy_input> engine::inputs_of(track const& of, group const& which) const {
    std::vector<policy_input> inputs;
    inputs.reserve(which.policies.size());
    for (auto const* policy : which.policies) {
        policy_input input{.policy = policy, .signals = {}};
        input.signals.reserve(policy->rules.size());
        for (auto const& what : policy->rules) {
            input.signals.push_back(signal_of(what, of));
            auto const* query = query_of(what);
            if (!query)
                continue;
            auto const poll = of.polls.find(memory_key(policy->name, what.name));
            if (poll != of.polls.end())
                add_value(input.signals.back(), *query, poll->second);
        }
        inputs.push_back(std::move(input));
    }
    return inputs;
}

void engine::add_value(rule_signal& signal, query_source const& query, poll const& of) const {
    signal.value = reduce(of.answer, query.reduce);
    if (options_.old_samples_wait)
        signal.value_at = of.asked;
}

rule_signal engine::signal_of(rule const& what, track const& of) const {
    rule_signal signal;
    std::optional<time_point> last_end;
    roster_.slots_of(what, of, [&](rule_slot const& slot) { add_signal(signal, slot, last_end); });
    return signal;
}

void engine::add_signal(rule_signal& signal, rule_slot const& slot, std::optional<time_point>& last_end)
    const {
    std::vector<label> labels;
    for (auto const which : slot.members) {
        auto const seen = store_.status_of(which, now_);
        signal.heard = std::max(signal.heard, std::optional(seen.heard_at));
        if (!seen.firing) {
            if (seen.ended != alert_store::end::unknown && (!last_end || seen.ended_at > *last_end)) {
                last_end = seen.ended_at;
                signal.ended = seen.ended == alert_store::end::expired ? rule_signal::end::expired
                                                                       : rule_signal::end::resolved;
            }
            continue;
        }
        signal.since = signal.active ? std::min(signal.since, seen.since) : seen.since;
        signal.ends = signal.active ? std::max(*signal.ends, seen.ends) : seen.ends;
        signal.by_webhook = signal.active ? signal.by_webhook && seen.by_webhook : seen.by_webhook;
        signal.active = true;
        if (signal.alerts.size() < max_alerts_named) {
            store_.text_of(which).labels(labels);
            signal.alerts.push_back(fingerprint(labels));
        }
    }
}

} // namespace autoscaler::policy
