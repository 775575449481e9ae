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

// What the alerts of a rule say together; those that a silence covers are counted apart.
struct signal_sum {
    rule_signal all;
    rule_signal silenced;
    std::optional<time_point> last_end;
};

namespace {

void add_firing(rule_signal& to, alert_store::status const& seen) {
    to.since = to.active ? std::min(to.since, seen.since) : seen.since;
    to.ends = to.active ? std::max(*to.ends, seen.ends) : seen.ends;
    to.by_webhook = to.active ? to.by_webhook && seen.by_webhook : seen.by_webhook;
    to.only_kept = to.active ? to.only_kept && !seen.heard_at : !seen.heard_at;
    to.active = true;
}

} // namespace

rule_signal engine::signal_of(rule const& what, track const& of) const {
    signal_sum sum;
    roster_.slots_of(what, of, [&](rule_slot const& slot) { add_signal(sum, slot); });
    rule_signal& signal = sum.all;
    if (!signal.active && sum.silenced.active) {
        signal.silenced = true;
        signal.ends = sum.silenced.ends;
        signal.by_webhook = sum.silenced.by_webhook;
        signal.only_kept = sum.silenced.only_kept;
        signal.alerts = std::move(sum.silenced.alerts);
    }
    return std::move(signal);
}

void engine::add_signal(signal_sum& sum, rule_slot const& slot) const {
    std::vector<label> labels;
    rule_signal& signal = sum.all;
    for (auto const which : slot.members) {
        auto const seen = store_.status_of(which, now_);
        signal.heard = std::max(signal.heard, seen.heard_at);
        signal.kept = std::max(signal.kept, seen.kept_at);
        if (!seen.firing) {
            if (seen.ended != alert_store::end::unknown && (!sum.last_end || seen.ended_at > *sum.last_end)) {
                sum.last_end = seen.ended_at;
                signal.ended = seen.ended == alert_store::end::expired ? rule_signal::end::expired
                                                                       : rule_signal::end::resolved;
            }
            continue;
        }
        rule_signal& firing = silences_.is_silenced(which) ? sum.silenced : signal;
        add_firing(firing, seen);
        if (firing.alerts.size() < max_alerts_named) {
            store_.text_of(which).labels(labels);
            firing.alerts.push_back(fingerprint(labels));
        }
    }
}

} // namespace autoscaler::policy
