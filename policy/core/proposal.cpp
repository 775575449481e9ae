#include "policy/core/proposal.hpp"

#include <algorithm>

namespace autoscaler::policy {

namespace {

// While a source is lost there is nothing to wait for but its return; this is how often we look.
constexpr duration source_poll = std::chrono::seconds(5);

// The rule may not act again in this episode, or not yet.
bool must_wait(
    repeat_rhythm const& repeat, episode const& open, time_point now, std::optional<time_point>& recheck
) {
    if (!open.acted || repeat.what == repeat_rhythm::kind::always)
        return false;
    if (repeat.what == repeat_rhythm::kind::once)
        return true;
    if (now - *open.acted >= repeat.interval)
        return false;
    keep_earliest(recheck, *open.acted + repeat.interval);
    return true;
}

proposal propose_active(
    alert_rule const& what,
    rule_signal const& signal,
    rule_memory& memory,
    rule_context const& context,
    std::optional<time_point>& recheck
) {
    if (!memory.open) {
        memory.open =
            episode{.since = context.now, .start_count = context.replicas, .acted = {}, .by_webhook = false};
        memory.settled = false;
        memory.resolved.reset();
    }
    if (speaks_for_episode(signal, memory)) {
        memory.open->by_webhook = signal.by_webhook;
        memory.unheard_since.reset();
    }

    // An alert that starts in the future comes from a clock ahead of ours: it is as old as nothing.
    if (std::max(duration{}, context.now - signal.since) < what.for_) {
        keep_earliest(recheck, signal.since + what.for_);
        return hold(reason::for_pending, context.replicas);
    }
    if (what.scale.what == scale_expression::kind::hold)
        return hold(reason::veto, context.replicas);
    if (must_wait(what.repeat, *memory.open, context.now, recheck))
        return hold(reason::already_acted, context.replicas);
    proposal wanted =
        towards(scale(what.scale, context.replicas, context.bounds), context.replicas, reason::alert);
    wanted.relative = what.scale.relative();
    return wanted;
}

// Its alerts fire and are silenced: it asks for nothing, but nothing has ended. What is open stays open, and
// what an end has left to do waits.
proposal propose_silenced(rule_signal const& signal, rule_memory& memory, rule_context const& context) {
    if (speaks_for_episode(signal, memory))
        memory.unheard_since.reset();
    return {.what = wish::silent, .replicas = context.replicas, .why = reason::silenced};
}

void close_episode(alert_rule const& what, rule_signal const& signal, rule_memory& memory) {
    bool const owed =
        memory.open->acted && !memory.settled && what.on_resolved.what != resolved_action::kind::hold;
    // An end that nobody told us of is no all-clear: it counts as expired.
    if (owed)
        memory.resolved = {.of = *memory.open, .expired = signal.ended != rule_signal::end::resolved};
    memory.open.reset();
    memory.settled = false;
}

proposal propose_inactive(
    alert_rule const& what,
    rule_signal const& signal,
    rule_memory& memory,
    rule_context const& context,
    std::optional<time_point>& recheck
) {
    if (awaits_source(signal, memory, context, recheck))
        return {};
    if (memory.open)
        close_episode(what, signal, memory);
    if (!memory.resolved)
        return {};
    if (signal.ended == rule_signal::end::resolved)
        memory.resolved->expired = false;
    if (memory.resolved->expired && !context.live) {
        keep_earliest(recheck, context.now + source_poll);
        return hold(reason::source_lost, context.replicas);
    }
    std::int64_t const wanted = what.on_resolved.what == resolved_action::kind::revert
                                    ? memory.resolved->of.start_count
                                    : scale(what.on_resolved.scale, context.replicas, context.bounds);
    if (wanted == context.replicas || what.on_resolved.what == resolved_action::kind::hold) {
        memory.resolved.reset();
        return {};
    }
    return towards(wanted, context.replicas, reason::resolved);
}

} // namespace

proposal towards(std::int64_t wanted, std::int64_t replicas, reason why) {
    wish const direction = wanted > replicas ? wish::up : wanted < replicas ? wish::down : wish::hold;
    return {.what = direction, .replicas = wanted, .why = why};
}

proposal hold(reason why, std::int64_t replicas) {
    return {.what = wish::hold, .replicas = replicas, .why = why};
}

bool speaks_for_episode(rule_signal const& signal, rule_memory const& memory) {
    return !signal.only_kept || !memory.unheard_since || (memory.open && memory.open->by_webhook);
}

bool awaits_source(
    rule_signal const& signal,
    rule_memory& memory,
    rule_context const& context,
    std::optional<time_point>& recheck
) {
    if (!memory.unheard_since)
        return false;
    duration const patience = memory.open && memory.open->by_webhook ? context.webhook_ttl : source_patience;
    // A word from before the episode says nothing about it: another autoscaler may have heard more than we,
    // and its clock may be behind ours. Since we have read of it, the episode has begun.
    auto const is_later = [&](auto const& word) {
        return word && memory.open &&
               *word >= std::max(
                            memory.open->since,
                            std::min(memory.open->since + context.clock_tolerance, *memory.unheard_since)
                        );
    };
    bool const heard = is_later(signal.heard) || (is_later(signal.kept) && memory.open->by_webhook);
    if (!heard && context.now - *memory.unheard_since < patience) {
        keep_earliest(recheck, *memory.unheard_since + patience);
        return true;
    }
    memory.unheard_since.reset();
    return false;
}

proposal propose(
    alert_rule const& what,
    rule_signal const& signal,
    rule_memory& memory,
    rule_context const& context,
    std::optional<time_point>& recheck
) {
    keep_earliest(recheck, signal.ends);
    if (signal.active)
        return propose_active(what, signal, memory, context, recheck);
    if (signal.silenced)
        return propose_silenced(signal, memory, context);
    return propose_inactive(what, signal, memory, context, recheck);
}

proposal propose_return(
    service_policy const& policy,
    time_point busy,
    rule_context const& context,
    std::optional<time_point>& recheck
) {
    // An alert that is silenced has not ended: what it was given is not taken away as if nothing fired, not
    // by the `return` of another policy either.
    if (!policy.give_back || context.silenced || context.replicas <= context.bounds.min)
        return {};
    if (context.now - busy < policy.give_back->after) {
        keep_earliest(recheck, busy + policy.give_back->after);
        return {};
    }
    if (!context.live) {
        keep_earliest(recheck, context.now + source_poll);
        return hold(reason::source_lost, context.replicas);
    }
    scale_expression const less{.what = policy.give_back->by.what, .amount = -policy.give_back->by.amount};
    return towards(
        std::max(context.bounds.min, scale(less, context.replicas, context.bounds)),
        context.replicas,
        reason::give_back
    );
}

} // namespace autoscaler::policy
