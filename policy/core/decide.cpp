#include "policy/core/decide.hpp"

#include "policy/core/bounds.hpp"
#include "policy/core/gate.hpp"
#include "policy/core/hearing.hpp"
#include "policy/core/pace.hpp"

#include <algorithm>
#include <string>

namespace autoscaler::policy {

namespace {

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
        for (auto const& input : facts.policies)
            if (!input.policy->from_label || service_.opted_in) {
                inputs_.push_back(&input);
                if (!only_acts(*input.policy))
                    policies_.push_back(input.policy);
            }
    }

    outcome run() {
        deliberate();
        if (service_.mode == service_mode::replicated)
            out_.acts = hear_action_rules(inputs_, facts_, out_.next, now_, out_.recheck);
        return std::move(out_);
    }

private:
    void deliberate();
    std::optional<proposal> note_external_change();
    rule_context context() const;
    void hold_back(proposal& what);
    void settle(proposal const* winner, std::int64_t raw);
    std::int64_t smooth(std::int64_t wanted, proposal const* winner, std::int64_t raw, reason& why);
    void correct(std::int64_t bound, reason why);
    void finish(std::int64_t wanted, reason why, proposal const* winner = nullptr);
    std::optional<reason> withheld(std::int64_t wanted);
    bool is_contested(std::int64_t wanted);
    update_conduct conduct() const;
    bool held() const;

    void hold(reason why) { out_.result.why = why; }

    void trace(
        std::string_view stage,
        std::int64_t in,
        std::int64_t out,
        std::string_view why,
        proposal const* of = nullptr
    ) {
        add_trace(out_.result, stage, in, out, why, of);
    }

    rule_memory& memory_of(proposal const& what) {
        return out_.next.rules[memory_key(what.policy->name, what.origin->name)];
    }

    situation const& facts_;
    service_view const& service_;
    time_point now_;
    std::vector<policy_input const*> inputs_;     // of the policies that apply
    std::vector<service_policy const*> policies_; // those of them that scale
    replica_bounds bounds_;
    outcome out_;
};

void deliberation::deliberate() {
    if (service_.mode != service_mode::replicated)
        return hold(reason::not_replicated);
    if (inputs_.empty())
        return hold(facts_.policies.empty() ? reason::no_policy : reason::not_opted_in);
    if (policies_.empty()) {
        note_external_change(); // nobody scales it; what others do is remembered all the same
        return hold(reason::no_signal);
    }
    bounds_ = common_bounds(policies_, now_);
    keep_earliest(out_.recheck, next_bounds(policies_, now_));
    if (bounds_.min > bounds_.max)
        return hold(reason::bounds_conflict);
    auto const restore = note_external_change();
    if (service_.replicas == 0 && bounds_.min > 0 && never_zero(policies_) &&
        policies_.front()->zero == zero_mode::ignore)
        return hold(reason::disabled_at_zero);

    // Also out of bounds and in a rollout: they follow their alerts and explain.
    auto proposals = hear_rules(inputs_, context(), out_.next, out_.result, out_.recheck);
    if (restore) {
        trace("rule", service_.replicas, restore->replicas, to_string(restore->why), &*restore);
        proposals.push_back(*restore);
    } else if (service_.replicas > bounds_.max) {
        return correct(bounds_.max, reason::bounds_max);
    } else if (service_.replicas < bounds_.min) {
        return correct(bounds_.min, reason::bounds_min);
    }
    auto const* const loudest = merge(proposals);
    std::int64_t const raw = loudest ? loudest->replicas : service_.replicas;
    for (auto& proposed : proposals)
        hold_back(proposed);
    settle(merge(proposals), raw);
}

// Somebody else set the count. Where a deploy has lowered it and a policy says so, it is put back; else it is
// the new state of things, and the clocks start from it.
std::optional<proposal> deliberation::note_external_change() {
    auto& last_set = out_.next.last_set;
    if (!last_set)
        last_set = service_.replicas;
    std::int64_t const before = *last_set;
    auto const restorer = std::ranges::find(policies_, external_mode::restore, &service_policy::on_external);
    std::int64_t const wanted = std::min(before, bounds_.max);
    if (service_.deployed && restorer != policies_.end() && service_.replicas < wanted) {
        trace("external", before, wanted, "deployed");
        return proposal{
            .what = wish::up,
            .replicas = wanted,
            .why = reason::restored_after_deploy,
            .relative = false,
            .free = true,
            .priority = 0,
            .policy = *restorer,
            .origin = nullptr,
            .signal = nullptr,
        };
    }
    out_.deploy_settled = service_.deployed;
    if (before != service_.replicas) {
        trace("external", before, service_.replicas, "adopted");
        note_change(out_.next, before, service_.replicas, now_);
    }
    return {};
}

rule_context deliberation::context() const {
    return {
        .replicas = service_.replicas,
        .running = service_.running,
        .bounds = bounds_,
        .last_up = out_.next.last_up,
        .last_change = std::max(out_.next.last_up, out_.next.last_down),
        .warmup = {},
        .webhook_ttl = facts_.webhook_ttl,
        .clock_tolerance = facts_.clock_tolerance,
        .live = facts_.live,
        .silenced = false, // the rules will tell
        .now = now_,
    };
}

// A wish that must wait becomes a hold.
void deliberation::hold_back(proposal& what) {
    auto const stop = gate(what, service_, out_.next, now_);
    if (!stop)
        return;
    trace("gate", what.replicas, service_.replicas, to_string(stop->why), &what);
    what.what = wish::hold;
    what.replicas = service_.replicas;
    what.why = stop->why;
    keep_earliest(out_.recheck, stop->until);
}

// What the rules want is smoothed over the windows, and remembered for later ones, unless a rollout holds:
// then the service is not what they speak of.
std::int64_t
deliberation::smooth(std::int64_t wanted, proposal const* winner, std::int64_t raw, reason& why) {
    stabilization windows;
    for (auto const* policy : policies_) {
        windows.up = std::max(windows.up, policy->stabilize.up);
        windows.down = std::max(windows.down, policy->stabilize.down);
    }
    auto const smoothed = winner && winner->free
                              ? paced_count{.replicas = wanted, .why = {}}
                              : stabilize(wanted, service_.replicas, out_.next.wishes, windows, now_);
    if (!held())
        note_wish(out_.next, raw, std::max(windows.up, windows.down), now_);
    keep_earliest(out_.recheck, smoothed.until);
    if (smoothed.why) {
        why = *smoothed.why;
        trace("stabilize", wanted, smoothed.replicas, to_string(why), winner);
    }
    return smoothed.replicas;
}

void deliberation::settle(proposal const* winner, std::int64_t raw) {
    reason why = winner ? winner->why : reason::no_signal;
    std::int64_t const asked = winner ? winner->replicas : service_.replicas;
    std::int64_t const smoothed = smooth(asked, winner, raw, why);
    auto const limited = winner && winner->free
                             ? paced_count{.replicas = smoothed, .why = {}}
                             : limit_rate(smoothed, service_.replicas, policies_, out_.next.changes, now_);
    keep_earliest(out_.recheck, limited.until);
    if (limited.why) {
        why = *limited.why;
        trace("limit", smoothed, limited.replicas, to_string(why), winner);
    }
    // Each bound stops its own direction: what a deploy took comes back as it was, also below a minimum that
    // has risen since.
    bool const up = limited.replicas > service_.replicas;
    std::int64_t const wanted =
        up ? std::min(limited.replicas, bounds_.max) : std::max(limited.replicas, bounds_.min);
    // Where a bound stops the step as early as a limit, or earlier, the bound is why.
    bool const at_max = wanted == bounds_.max && smoothed > bounds_.max;
    bool const at_min = wanted == bounds_.min && smoothed < std::min(bounds_.min, service_.replicas);
    bool const bound = (at_max || at_min) && why != reason::direction_disabled;
    if (bound) {
        why = at_max ? reason::at_max : reason::at_min;
        trace("bounds", limited.replicas, wanted, to_string(why), winner);
    }
    // What a bound has stopped altogether is done as far as it can be.
    if (bound && winner->why == reason::resolved && wanted == service_.replicas)
        memory_of(*winner).resolved.reset();
    finish(wanted, why, winner);
}

// Bounds are restored at once. But where another autoscaler has just brought the service here, two versions
// of the policy file are at work: then the correction keeps the cooldowns, so that the two do not chase each
// other.
void deliberation::correct(std::int64_t bound, reason why) {
    if (is_contested(bound))
        return hold(reason::bounds_conflict);
    auto const& memory = out_.next;
    bool const up = bound > service_.replicas;
    bool const undoes =
        memory.changed_by_other && !memory.changes.empty() && (memory.changes.back().delta < 0) == up;
    if (undoes) {
        duration cooldown{};
        for (auto const* policy : policies_)
            cooldown = std::max(cooldown, up ? policy->cooldown.up : policy->cooldown.down);
        time_point const opens = memory.changes.back().at + cooldown;
        if (now_ < opens) {
            keep_earliest(out_.recheck, opens);
            trace("bounds", bound, service_.replicas, "bounds_conflict");
            return hold(reason::bounds_conflict);
        }
    }
    finish(bound, why);
}

// What the strictest of the policies lets a write do in an update. Where a failure would pause it or roll it
// back, a write would spoil that: then none does.
update_conduct deliberation::conduct() const {
    if (service_.rollback_at_risk)
        return update_conduct::hold;
    return std::ranges::min(policies_, {}, &service_policy::during_update)->during_update;
}

bool deliberation::held() const {
    return in_rollout(service_.update) &&
           (service_.update != update_state::updating || conduct() == update_conduct::hold);
}

// A cut would undo what an autoscaler with another policy file has just given. Of two files at work the one
// that gives more prevails, since a wrong cut is an outage: the cut waits, and each time that such a cut was
// undone in its turn it waits twice as long. Once nobody follows the other file any more nobody undoes it.
bool deliberation::is_contested(std::int64_t wanted) {
    constexpr duration shortest_wait = std::chrono::minutes(1);
    constexpr duration longest_wait = std::chrono::hours(1);
    constexpr unsigned most_doublings = 6; // from one minute to the hour
    auto const& memory = out_.next;
    bool const given_by_other_file = memory.changed_by_other && !memory.changes.empty() &&
                                     memory.changes.back().delta > 0 && !facts_.policy_hash.empty() &&
                                     memory.written_under != facts_.policy_hash;
    if (wanted >= service_.replicas || !given_by_other_file)
        return false;
    duration base = shortest_wait;
    for (auto const* policy : policies_)
        base = std::max(base, policy->cooldown.down);
    unsigned const undone = std::min(memory.undone_cuts, most_doublings);
    duration const wait = std::max(base, std::min(longest_wait, base * (1U << undone)));
    time_point const opens = memory.changes.back().at + wait;
    if (now_ >= opens)
        return false;
    keep_earliest(out_.recheck, opens);
    trace(
        "conflict",
        wanted,
        service_.replicas,
        "raised under policy file " + memory.written_under + " by " + memory.writer +
            "; cuts undone: " + std::to_string(memory.undone_cuts)
    );
    return true;
}

std::optional<reason> deliberation::withheld(std::int64_t wanted) {
    bool const up = wanted > service_.replicas;
    bool const only_up = service_.update == update_state::updating && conduct() == update_conduct::allow_up;
    if (held() || (only_up && !up)) {
        keep_earliest(out_.recheck, now_ + progress_poll);
        trace("rollout", wanted, service_.replicas, to_string(service_.update));
        return reason::update_in_progress;
    }
    if (service_.pause == pause_mode::both || service_.pause == (up ? pause_mode::up : pause_mode::down)) {
        trace("pause", wanted, service_.replicas, to_string(service_.pause));
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
    if (is_contested(wanted))
        return hold(reason::bounds_conflict);
    if (auto const why_not = withheld(wanted)) {
        result.why = *why_not;
        result.would = wanted;
        return;
    }
    trace("write", service_.replicas, wanted, to_string(why));
    result.action = wanted > service_.replicas ? decided_action::up : decided_action::down;
    result.to = wanted;
}

} // namespace

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
        acted.acted_stamp.reset();
        acted.settled = false;
    }
    acted.resolved.reset();
}

} // namespace autoscaler::policy
