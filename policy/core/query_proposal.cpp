// What rules on polled values want: steps at thresholds, and targets as Kubernetes' HorizontalPodAutoscaler
// has them.
#include "policy/core/proposal.hpp"

#include <algorithm>
#include <cmath>
#include <span>

namespace autoscaler::policy {

namespace {

// Ratios are floating point: what differs by less is the same (policy language, section 2).
constexpr double epsilon = 1e-9;

// The smallest count that is not below `value`. Beyond max_count, which no service reaches, it stays there.
std::int64_t count_of(double value) {
    double const whole = std::ceil(value - epsilon);
    if (whole <= 0)
        return 0;
    return whole >= static_cast<double>(max_count) ? max_count : static_cast<std::int64_t>(whole);
}

// What a rule says while its query has no value.
proposal without_value(
    missing_rule const& what,
    rule_memory& memory,
    rule_context const& context,
    std::optional<time_point>& recheck
) {
    if (!memory.missing_since)
        memory.missing_since = context.now;
    if (what.what == missing_rule::kind::ignore)
        return {};
    if (what.what != missing_rule::kind::fallback)
        return hold(reason::missing_data, context.replicas);
    if (std::max(duration{}, context.now - *memory.missing_since) < what.after) {
        keep_earliest(recheck, *memory.missing_since + what.after);
        return hold(reason::missing_data, context.replicas);
    }
    if (what.at_least && context.replicas >= what.replicas)
        return hold(reason::missing_data, context.replicas);
    return towards(what.replicas, context.replicas, reason::fallback);
}

// The value of a rule; none where there is nothing to rely on.
std::optional<double> value_of(query_source const& query, sample const& seen, rule_memory& memory) {
    bool const counts_as_zero =
        seen.what == sample::kind::empty && query.on_missing.what == missing_rule::kind::zero;
    if (seen.what != sample::kind::value && !counts_as_zero)
        return {};
    memory.missing_since.reset();
    return counts_as_zero ? 0 : seen.value;
}

// After a step up the load still falls on the tasks that were there: no more is asked for meanwhile.
proposal warmed_up(proposal wanted, rule_context const& context, std::optional<time_point>& recheck) {
    if (wanted.what != wish::up || !context.last_up ||
        std::max(duration{}, context.now - *context.last_up) >= context.warmup)
        return wanted;
    keep_earliest(recheck, *context.last_up + context.warmup);
    return hold(reason::warmup, context.replicas);
}

// The steps of one sample: which of them are ready, and what they ask for.
struct ready_steps {
    std::optional<proposal> up;   // the largest
    std::optional<proposal> down; // the deepest cut
    bool any = false;
    bool waiting = false; // some step's `for` is not over
};

void consider(value_step const& step, rule_context const& context, ready_steps& ready) {
    ready.any = true;
    proposal wanted =
        towards(scale(step.scale, context.replicas, context.bounds), context.replicas, reason::threshold);
    wanted.relative = step.scale.relative();
    if (wanted.what == wish::up && (!ready.up || wanted.replicas > ready.up->replicas))
        ready.up = wanted;
    if (wanted.what == wish::down && (!ready.down || wanted.replicas < ready.down->replicas))
        ready.down = wanted;
}

ready_steps follow_steps(
    std::span<value_step const> steps,
    double value,
    rule_memory& memory,
    rule_context const& context,
    std::optional<time_point>& recheck
) {
    ready_steps ready;
    memory.holding_since.resize(steps.size());
    for (std::size_t i = 0; i < steps.size(); ++i) {
        auto& since = memory.holding_since[i];
        if (!steps[i].when.holds(value)) {
            since.reset();
            continue;
        }
        if (!since)
            since = context.now;
        if (std::max(duration{}, context.now - *since) >= steps[i].for_) {
            consider(steps[i], context, ready);
        } else {
            ready.waiting = true;
            keep_earliest(recheck, *since + steps[i].for_);
        }
    }
    return ready;
}

// What the value says of the count, where it is a load and not the count itself.
proposal follow_ratio(target_rule const& what, double ratio, double value, rule_context const& context) {
    if (ratio >= 1 - what.tolerance_down - epsilon && ratio <= 1 + what.tolerance_up + epsilon)
        return hold(reason::within_tolerance, context.replicas);
    bool const more = ratio > 1;
    std::int64_t wanted = 0;
    if (what.what == target_rule::mode::total) {
        wanted = count_of(value / what.target);
    } else {
        // On the way up only tasks that run carry the load; on the way down a surplus one of an update that
        // starts first must not count.
        auto const base = more ? std::min(*context.running, context.replicas) : context.replicas;
        wanted = count_of(ratio * static_cast<double>(base));
    }
    if (more ? wanted < context.replicas : wanted > context.replicas)
        return hold(reason::direction_flip, context.replicas);
    return towards(wanted, context.replicas, reason::target);
}

} // namespace

proposal propose(
    step_rule const& what,
    rule_signal const& signal,
    rule_memory& memory,
    rule_context const& context,
    std::optional<time_point>& recheck
) {
    auto const value = value_of(what.query, signal.value, memory);
    if (!value) {
        memory.holding_since.clear();
        return without_value(what.query.on_missing, memory, context, recheck);
    }
    auto const ready = follow_steps(what.steps, *value, memory, context, recheck);
    bool const old =
        signal.value_at && context.last_change && *signal.value_at < *context.last_change + what.query.every;
    if ((ready.up || ready.down) && old)
        return hold(reason::for_pending, context.replicas);
    if (ready.up)
        return warmed_up(*ready.up, context, recheck);
    if (ready.waiting)
        return hold(reason::for_pending, context.replicas);
    if (ready.down)
        return *ready.down;
    return hold(ready.any ? reason::threshold : reason::in_band, context.replicas);
}

proposal propose(
    target_rule const& what,
    rule_signal const& signal,
    rule_memory& memory,
    rule_context const& context,
    std::optional<time_point>& recheck
) {
    bool const unmeasured =
        what.what == target_rule::mode::average && context.replicas > 0 && context.running.value_or(0) == 0;
    auto const value = unmeasured ? std::nullopt : value_of(what.query, signal.value, memory);
    if (!value)
        return without_value(what.query.on_missing, memory, context, recheck);
    if (what.what == target_rule::mode::replicas)
        return warmed_up(towards(count_of(*value), context.replicas, reason::target), context, recheck);
    if (context.replicas == 0)
        return warmed_up(
            towards(count_of(*value / what.target), context.replicas, reason::target), context, recheck
        );
    double const ratio = what.what == target_rule::mode::average
                             ? *value / what.target
                             : *value / (what.target * static_cast<double>(context.replicas));
    return warmed_up(follow_ratio(what, ratio, *value, context), context, recheck);
}

} // namespace autoscaler::policy
