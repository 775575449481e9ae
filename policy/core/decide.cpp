#include "policy/core/decide.hpp"

#include "policy/core/proposal.hpp"

#include <algorithm>
#include <limits>

namespace autoscaler::policy {

namespace {

// How often a rollout, or tasks that start, are looked at: nothing tells us of every change of a task.
constexpr duration progress_poll = std::chrono::seconds(1);

// One run of the decision function: its facts, and what it has found so far.
class deliberation {
public:
    deliberation(situation const& facts, history const& memory, time_point now)
        : facts_(facts), service_(facts.service), now_(now) {
        out_.next = memory;
        out_.result.at = now;
        out_.result.service = service_.name;
        out_.result.from = out_.result.to = service_.replicas;
        out_.result.version = service_.version;
        out_.result.dry_run = facts.dry_run;
        out_.result.trace.reserve(8);
    }

    outcome run() {
        deliberate();
        return std::move(out_);
    }

private:
    void deliberate();
    void note_external_change();
    std::vector<proposal> hear_rules();
    void gate(proposal& what);
    proposal const* merge(std::vector<proposal> const& proposals);
    void settle(proposal const* winner);
    void correct(std::int64_t bound, reason why);
    void finish(std::int64_t wanted, reason why, proposal const* winner = nullptr);
    std::optional<reason> withheld(std::int64_t wanted);

    void hold(reason why) { out_.result.why = why; }

    void trace(
        std::string_view stage,
        std::int64_t in,
        std::int64_t out,
        std::string why,
        proposal const* of = nullptr
    );

    rule_memory& memory_of(proposal const& what) {
        return out_.next.rules[memory_key(what.policy->name, what.origin->name)];
    }

    situation const& facts_;
    service_view const& service_;
    time_point now_;
    replica_bounds bounds_;
    outcome out_;
};

void deliberation::trace(
    std::string_view stage, std::int64_t in, std::int64_t out, std::string why, proposal const* of
) {
    trace_step step{.stage = stage, .policy = {}, .rule = {}, .in = in, .out = out, .why = std::move(why)};
    if (of && of->policy)
        step.policy = of->policy->name;
    if (of && of->origin)
        step.rule = of->origin->name;
    out_.result.trace.push_back(std::move(step));
}

void deliberation::deliberate() {
    if (service_.mode != service_mode::replicated)
        return hold(reason::not_replicated);
    if (facts_.policies.empty())
        return hold(reason::no_policy);
    bounds_ = common_bounds(facts_.policies);
    if (bounds_.min > bounds_.max)
        return hold(reason::bounds_conflict);
    note_external_change();
    if (service_.replicas == 0 && bounds_.min > 0 &&
        facts_.policies.front().policy->zero == zero_mode::ignore)
        return hold(reason::disabled_at_zero);

    auto proposals =
        hear_rules(); // also out of bounds and in a rollout: they follow their alerts and explain
    if (service_.replicas > bounds_.max)
        return correct(bounds_.max, reason::bounds_max);
    if (service_.replicas < bounds_.min)
        return correct(bounds_.min, reason::bounds_min);

    for (auto& proposed : proposals)
        gate(proposed);
    settle(merge(proposals));
}

// Somebody else set the count: that is the new state of things, and the clocks start from it.
void deliberation::note_external_change() {
    auto& last_set = out_.next.last_set;
    if (!last_set)
        last_set = service_.replicas;
    if (*last_set == service_.replicas)
        return;
    trace("external", *last_set, service_.replicas, "adopted");
    note_change(out_.next, *last_set, service_.replicas, now_);
}

std::vector<proposal> deliberation::hear_rules() {
    rule_context const context{
        .replicas = service_.replicas,
        .bounds = bounds_,
        .webhook_ttl = facts_.webhook_ttl,
        .live = facts_.live,
        .now = now_,
    };
    std::vector<proposal> proposals;
    for (auto const& input : facts_.policies) {
        service_policy const* const policy = input.policy;
        int lowest = std::numeric_limits<int>::max();
        time_point& busy = out_.next.busy.try_emplace(policy->name, now_).first->second;
        auto const add = [&](proposal made, rule const* origin, rule_signal const* signal, int priority) {
            if (made.what == wish::abstain)
                return;
            made.policy = policy;
            made.origin = origin;
            made.signal = signal;
            made.priority = priority;
            trace("rule", service_.replicas, made.replicas, std::string(to_string(made.why)), &made);
            proposals.push_back(made);
            if (origin && made.what != wish::down)
                busy = now_;
        };
        for (std::size_t i = 0; i < policy->rules.size(); ++i) {
            rule const& heard = policy->rules[i];
            auto& memory = out_.next.rules[memory_key(policy->name, heard.name)];
            auto const& what = std::get<alert_rule>(heard.kind);
            add(propose(what, input.signals[i], memory, context, out_.recheck),
                &heard,
                &input.signals[i],
                heard.priority);
            lowest = std::min(lowest, heard.priority);
        }
        add(propose_return(*policy, busy, context, out_.recheck), nullptr, nullptr, lowest);
    }
    return proposals;
}

// Cooldown and convergence, each proposal by its own policy. A wish that must wait becomes a hold.
void deliberation::gate(proposal& what) {
    auto const hold_until = [&](reason why, time_point opens) {
        trace("gate", what.replicas, service_.replicas, std::string(to_string(why)), &what);
        what.what = wish::hold;
        what.replicas = service_.replicas;
        what.why = why;
        keep_earliest(out_.recheck, opens);
    };
    auto const& memory = out_.next;
    cooldown_times const& cooldown = what.policy->cooldown;
    if (what.what == wish::up && memory.last_up) {
        auto const elapsed = std::max(duration{}, now_ - *memory.last_up);
        // Running tasks that were not counted are not known to run.
        bool const starting = !service_.running || *service_.running < service_.replicas;
        if (elapsed < cooldown.up)
            hold_until(reason::cooldown_up, *memory.last_up + cooldown.up);
        else if (what.relative && starting && elapsed < what.policy->converge_timeout)
            hold_until(reason::not_converged, now_ + progress_poll);
    } else if (what.what == wish::down) {
        time_point const last = std::max(
            {memory.boot, memory.last_up.value_or(memory.boot), memory.last_down.value_or(memory.boot)}
        );
        if (std::max(duration{}, now_ - last) < cooldown.down)
            hold_until(reason::cooldown_down, last + cooldown.down);
    }
}

// Only the highest priority that speaks is heard. Up beats hold beats down; the largest up, the smallest cut;
// ties go to the first in file order.
proposal const* deliberation::merge(std::vector<proposal> const& proposals) {
    auto const beats = [](proposal const& a, proposal const& b) {
        if (a.priority != b.priority)
            return a.priority > b.priority;
        if (a.what != b.what)
            return a.what > b.what;
        return a.what != wish::hold && a.replicas > b.replicas;
    };
    proposal const* best = nullptr;
    for (auto const& proposed : proposals)
        if (!best || beats(proposed, *best))
            best = &proposed;
    return best;
}

void deliberation::settle(proposal const* winner) {
    if (!winner)
        return finish(service_.replicas, reason::no_signal);
    std::int64_t const wanted = std::clamp(winner->replicas, bounds_.min, bounds_.max);
    reason why = winner->why;
    if (wanted < winner->replicas)
        why = reason::at_max;
    else if (wanted > winner->replicas)
        why = reason::at_min;
    if (why != winner->why)
        trace("limit", winner->replicas, wanted, std::string(to_string(why)), winner);
    // What a bound has stopped altogether is done as far as it can be.
    if (winner->why == reason::resolved && wanted == service_.replicas)
        memory_of(*winner).resolved.reset();
    finish(wanted, why, winner);
}

// Bounds are restored at once. But where another autoscaler has just brought the service here, two versions
// of the policy file are at work: then the correction keeps the cooldowns, so that the two do not chase each
// other.
void deliberation::correct(std::int64_t bound, reason why) {
    auto const& memory = out_.next;
    bool const up = bound > service_.replicas;
    bool const undoes =
        memory.changed_by_other && !memory.changes.empty() && (memory.changes.back().delta < 0) == up;
    if (undoes) {
        duration cooldown{};
        for (auto const& input : facts_.policies)
            cooldown = std::max(cooldown, up ? input.policy->cooldown.up : input.policy->cooldown.down);
        time_point const opens = memory.changes.back().at + cooldown;
        if (now_ < opens) {
            keep_earliest(out_.recheck, opens);
            trace("bounds", bound, service_.replicas, "bounds_conflict");
            return hold(reason::bounds_conflict);
        }
    }
    finish(bound, why);
}

std::optional<reason> deliberation::withheld(std::int64_t wanted) {
    if (in_rollout(service_.update)) {
        keep_earliest(out_.recheck, now_ + progress_poll);
        trace("rollout", wanted, service_.replicas, std::string(to_string(service_.update)));
        return reason::update_in_progress;
    }
    bool const up = wanted > service_.replicas;
    if (service_.pause == pause_mode::both || service_.pause == (up ? pause_mode::up : pause_mode::down)) {
        trace("pause", wanted, service_.replicas, std::string(to_string(service_.pause)));
        return reason::paused;
    }
    if (facts_.dry_run) {
        trace("dry_run", wanted, service_.replicas, "dry_run");
        return reason::dry_run;
    }
    return {};
}

void deliberation::finish(std::int64_t wanted, reason why, proposal const* winner) {
    decision& result = out_.result;
    result.why = why;
    if (winner) {
        result.policy = winner->policy->name;
        result.rule = winner->origin ? winner->origin->name : "";
        if (winner->signal)
            result.alerts = winner->signal->alerts;
    }
    if (wanted == service_.replicas)
        return;
    if (auto const why_not = withheld(wanted)) {
        result.why = *why_not;
        result.would = wanted;
        return;
    }
    trace("write", service_.replicas, wanted, std::string(to_string(why)));
    result.action = wanted > service_.replicas ? decided_action::up : decided_action::down;
    result.to = wanted;
}

} // namespace

replica_bounds common_bounds(std::span<policy_input const> policies) {
    replica_bounds bounds{.min = 0, .max = max_count};
    for (auto const& [policy, signals] : policies) {
        bounds.min = std::max(bounds.min, policy->min);
        bounds.max = std::min(bounds.max, policy->max);
    }
    return bounds;
}

outcome decide(situation const& facts, history const& memory, time_point now) {
    return deliberation(facts, memory, now).run();
}

void commit(history& memory, decision const& accepted, bool dry_run) {
    std::int64_t const to = dry_run ? accepted.would.value_or(accepted.to) : accepted.to;
    note_change(memory, accepted.from, to, accepted.at);
    if (dry_run)
        memory.last_set = accepted.from;
    if (accepted.rule.empty())
        return;
    auto& acted = memory.rules[memory_key(accepted.policy, accepted.rule)];
    if (acted.open) {
        acted.open->acted = accepted.at;
        acted.settled = false;
    }
    acted.resolved.reset();
}

} // namespace autoscaler::policy
