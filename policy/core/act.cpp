#include "policy/core/act.hpp"

#include "policy/core/gate.hpp"

#include <algorithm>

namespace autoscaler::policy {

namespace {

struct hold_back {
    reason why;
    std::string word; // the state that was met, where it says more than the reason
};

// Opens and closes the episode of the alert; true while it is open.
bool follow_episode(
    rule_signal const& signal,
    rule_memory& memory,
    situation const& facts,
    time_point now,
    std::optional<time_point>& recheck
) {
    if (signal.silenced) { // nothing has ended
        if (speaks_for_episode(signal, memory))
            memory.unheard_since.reset();
        return false;
    }
    if (!signal.active) {
        rule_context context;
        context.webhook_ttl = facts.webhook_ttl;
        context.clock_tolerance = facts.clock_tolerance;
        context.now = now;
        if (!awaits_source(signal, memory, context, recheck))
            memory.open.reset();
        return false;
    }
    if (!memory.open)
        memory.open = episode{
            .since = now, .start_count = facts.service.replicas, .acted = {}, .by_webhook = signal.by_webhook
        };
    if (speaks_for_episode(signal, memory))
        memory.unheard_since.reset();
    return true;
}

// Since when the cause of the act is there; none where there is no cause.
std::optional<time_point> cause_since(
    action_rule const& what,
    rule_signal const& signal,
    rule_memory& memory,
    situation const& facts,
    time_point now,
    std::optional<time_point>& recheck
) {
    if (what.on_node_joined())
        return memory.joined;
    return follow_episode(signal, memory, facts, now, recheck) ? std::optional(signal.since) : std::nullopt;
}

std::optional<hold_back> why_not(
    action_rule const& what,
    rule_memory const& memory,
    time_point since,
    situation const& facts,
    time_point now,
    std::optional<time_point>& recheck
) {
    if (std::max(duration{}, now - since) < what.for_) {
        keep_earliest(recheck, since + what.for_);
        return hold_back{reason::for_pending, {}};
    }
    if (!what.on_node_joined() && memory.open->acted)
        return hold_back{reason::already_acted, {}};
    if (memory.last_act && std::max(duration{}, now - *memory.last_act) < what.cooldown) {
        keep_earliest(recheck, *memory.last_act + what.cooldown);
        return hold_back{reason::action_cooldown, {}};
    }
    bool const restarts = what.what == action_rule::kind::restart;
    if (restarts && facts.service.replicas == 0)
        return hold_back{reason::disabled_at_zero, {}};
    // Also the write that only claims a webhook would spoil a rollback, whatever `during_update` says: a
    // restart is a rollout of its own.
    if (in_rollout(facts.service.update)) {
        keep_earliest(recheck, now + progress_poll);
        return hold_back{reason::update_in_progress, std::string(to_string(facts.service.update))};
    }
    if (facts.service.pause == pause_mode::both)
        return hold_back{reason::paused, {}};
    if (facts.dry_run)
        return hold_back{reason::dry_run, {}};
    return {};
}

} // namespace

std::optional<decision> consider(
    service_policy const& policy,
    rule const& what,
    rule_signal const& signal,
    rule_memory& memory,
    situation const& facts,
    time_point now,
    std::optional<time_point>& recheck
) {
    auto const& act = std::get<action_rule>(what.kind);
    keep_earliest(recheck, signal.ends);
    auto const since = cause_since(act, signal, memory, facts, now, recheck);
    if (!since && !signal.silenced)
        return {};
    std::int64_t const replicas = facts.service.replicas;
    decision made;
    made.at = now;
    made.service = facts.service.name;
    made.from = made.to = replicas;
    made.policy = policy.name;
    made.rule = what.name;
    made.alerts = signal.alerts;
    made.dry_run = facts.dry_run;
    made.version = facts.service.version;
    made.why = act.on_node_joined() ? reason::node_joined : reason::alert;
    auto const add = [&](std::string_view stage, std::string why) {
        made.trace.push_back(
            {.stage = stage,
             .policy = policy.name,
             .rule = what.name,
             .in = replicas,
             .out = replicas,
             .why = std::move(why)}
        );
    };
    add("rule", std::string(to_string(made.why)));
    auto const held = since ? why_not(act, memory, *since, facts, now, recheck)
                            : std::optional(hold_back{reason::silenced, {}});
    if (held) {
        made.why = held->why;
        add("act", held->word.empty() ? std::string(to_string(held->why)) : held->word);
        return made;
    }
    made.action = act.what == action_rule::kind::restart ? decided_action::restart : decided_action::webhook;
    add("act", std::string(to_string(made.action)));
    return made;
}

void commit_act(history& memory, decision const& accepted) {
    auto& acted = memory.rules[memory_key(accepted.policy, accepted.rule)];
    acted.last_act = accepted.at;
    acted.act_stamp.reset();
    acted.joined.reset();
    if (!acted.open)
        return;
    acted.open->acted = accepted.at;
    acted.acted_stamp.reset();
}

} // namespace autoscaler::policy
