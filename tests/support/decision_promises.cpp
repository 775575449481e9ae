// What every decision promises, said anew and in other words than those of the code that decides.
#include "policy/core/bounds.hpp"
#include "support/decision_world.hpp"

#include <algorithm>
#include <limits>

namespace autoscaler::policy::testing {

namespace {

bool moves(decision const& made) {
    return made.action == decided_action::up || made.action == decided_action::down;
}

bool is_correction(reason why) {
    return why == reason::bounds_max || why == reason::bounds_min;
}

// Action rules ask for no count: `return` does not wait for them.
bool has_silenced_wish(policy_input const& input) {
    for (std::size_t i = 0; i < input.signals.size(); ++i)
        if (input.signals[i].silenced && !std::holds_alternative<action_rule>(input.policy->rules[i].kind))
            return true;
    return false;
}

bool same(decision const& a, decision const& b) {
    return a.action == b.action && a.from == b.from && a.to == b.to && a.would == b.would && a.why == b.why &&
           a.policy == b.policy && a.rule == b.rule && a.values == b.values && a.alerts == b.alerts &&
           a.trace.size() == b.trace.size();
}

} // namespace

service_policy const* decision_world::winner(decision const& made) const {
    auto const found = std::ranges::find(policies_, made.policy, &service_policy::name);
    return found == policies_.end() ? nullptr : &*found;
}

rule const* decision_world::winning_rule(decision const& made) const {
    auto const* policy = winner(made);
    if (!policy)
        return nullptr;
    auto const found = std::ranges::find(policy->rules, made.rule, &rule::name);
    return found == policy->rules.end() ? nullptr : &*found;
}

rule_signal const& decision_world::signal_of(rule const& what) const {
    for (auto const& input : inputs_)
        for (std::size_t i = 0; i < input.signals.size(); ++i)
            if (&input.policy->rules[i] == &what)
                return input.signals[i];
    return inputs_.front().signals.front();
}

void decision_world::check(outcome const& made) {
    auto const& result = made.result;
    if (result.from != view_.replicas || result.version != view_.version)
        broken(made, "a decision about another service");
    if (!moves(result) && result.to != result.from)
        broken(made, "a hold that moves");
    if (moves(result) && result.would)
        broken(made, "an act that is withheld");
    if (made.recheck && *made.recheck <= now_)
        broken(made, "a moment to look again that is past");
    if (moves(result)) {
        check_step(made);
        check_wish(made);
        check_pace(made);
    }
    check_acts(made);
}

// Where it may go, and when.
void decision_world::check_step(outcome const& made) {
    auto const& result = made.result;
    bool const up = result.action == decided_action::up;
    if (up ? result.to <= result.from : result.to >= result.from)
        broken(made, "a step against its direction");

    std::vector<service_policy const*> heard;
    auto conduct = update_conduct::allow;
    for (auto const& policy : policies_)
        if (!policy.from_label || view_.opted_in) {
            heard.push_back(&policy);
            conduct = std::min(conduct, policy.during_update);
        }
    auto const bounds = common_bounds(heard, now_);
    bool const restored = result.why == reason::restored_after_deploy;
    if (up ? result.to > bounds.max || (!restored && result.to < bounds.min)
           : result.to < bounds.min || result.to > bounds.max)
        broken(made, "a step out of bounds");
    if (result.why == reason::bounds_max && result.to != bounds.max)
        broken(made, "a correction to something else than the bound");

    if (dry_run_)
        broken(made, "a write in dry run");
    if (view_.mode != service_mode::replicated)
        broken(made, "a count for a service that has none");
    if (view_.pause == pause_mode::both || view_.pause == (up ? pause_mode::up : pause_mode::down))
        broken(made, "a write in a pause");
    bool const allowed = view_.update == update_state::updating && !view_.rollback_at_risk &&
                         (conduct == update_conduct::allow || (conduct == update_conduct::allow_up && up));
    if (in_rollout(view_.update) && !allowed)
        broken(made, "a write into a rollout that is held");

    if (is_correction(result.why) || restored)
        return;
    auto const& memory = made.next;
    auto const* policy = winner(result);
    auto const young = [&](std::optional<time_point> last, duration cooldown) {
        return last && now_ - *last < cooldown;
    };
    if (!policy)
        return broken(made, "a step that nobody has asked for");
    if (up && young(memory.last_up, policy->cooldown.up))
        broken(made, "an up within the cooldown of the last up");
    if (!up && (young(memory.last_up, policy->cooldown.down) ||
                young(memory.last_down, policy->cooldown.down) || young(memory.boot, policy->cooldown.down)))
        broken(made, "a down within the cooldown of the last change");
}

// A rule that is heard beside the winner must not stand against a down.
bool decision_world::may_lower(rule const& what, rule_signal const& signal, int priority) const {
    if (what.priority < priority)
        return true;
    if (auto const* alert = std::get_if<alert_rule>(&what.kind))
        return !(signal.active && alert->scale.what == scale_expression::kind::hold);
    auto const* query = query_of(what);
    if (!query || signal.value.what == sample::kind::value)
        return true;
    switch (query->on_missing.what) {
    case missing_rule::kind::hold:
        return false;
    case missing_rule::kind::zero:
        return signal.value.what == sample::kind::empty;
    case missing_rule::kind::ignore:
        return true;
    case missing_rule::kind::fallback:
        return !query->on_missing.at_least;
    }
    return true;
}

// What is done is what some rule has asked for, and nobody who is heard has spoken against it.
void decision_world::check_wish(outcome const& made) {
    auto const& result = made.result;
    bool const up = result.action == decided_action::up;
    if (is_correction(result.why))
        return;
    auto const wished = std::ranges::find_if(result.trace, [&](auto const& step) {
        return step.stage == "rule" && step.policy == result.policy && step.rule == result.rule &&
               (up ? step.out >= result.to : step.out <= result.to);
    });
    if (wished == result.trace.end())
        broken(made, "a step beyond what its rule has asked for");
    auto const* what = winning_rule(result);
    auto const* steps = what ? std::get_if<step_rule>(&what->kind) : nullptr;
    if (what && signal_of(*what).silenced)
        broken(made, "a step by a rule whose alerts are silenced");
    auto const changed = std::max(made.next.last_up, made.next.last_down);
    if (steps && changed && signal_of(*what).value.what == sample::kind::value &&
        *signal_of(*what).value_at < *changed + steps->query.every)
        broken(made, "a step on a value from before the last change, or too soon after it");
    bool const returns = !what && result.why != reason::restored_after_deploy;
    if (returns && (up || !live_))
        broken(made, "a return that is none");
    if (up)
        return;
    if (returns)
        for (auto const& input : inputs_)
            if (input.policy == winner(result) && has_silenced_wish(input))
                broken(made, "a return while the alerts of a rule are silenced");
    int priority = what ? what->priority : std::numeric_limits<int>::max();
    if (returns) // its priority is the policy's lowest
        for (auto const& each : winner(result)->rules)
            if (!std::holds_alternative<action_rule>(each.kind))
                priority = std::min(priority, each.priority);
    for (auto const& input : inputs_)
        for (std::size_t i = 0; i < input.signals.size(); ++i)
            if ((!input.policy->from_label || view_.opted_in) &&
                !may_lower(input.policy->rules[i], input.signals[i], priority))
                broken(made, "a down against a veto, or without a value");
}

// No policy's single limit is overstepped.
void decision_world::check_pace(outcome const& made) {
    auto const& result = made.result;
    if (is_correction(result.why) || result.why == reason::restored_after_deploy)
        return;
    bool const up = result.action == decided_action::up;
    for (auto const& policy : policies_) {
        if (policy.from_label && !view_.opted_in)
            continue;
        auto const& limits = up ? policy.limit_up : policy.limit_down;
        if (limits.disabled)
            broken(made, "a step in a direction that is switched off");
        if (limits.entries.size() != 1 || limits.entries.front().percent)
            continue;
        auto const& [amount, percent, period] = limits.entries.front();
        std::int64_t moved = result.to - result.from;
        for (auto const& change : made.next.changes)
            if (now_ - change.at < period)
                moved += change.delta;
        if (up ? moved > amount : moved < -amount)
            broken(made, "more than the limit allows in its period");
    }
}

void decision_world::check_acts(outcome const& made) {
    for (auto const& act : made.acts) {
        if (act.from != act.to || moves(act))
            broken(made, "an act that moves the count");
        if (act.action == decided_action::hold)
            continue;
        auto const& what = std::get<action_rule>(winning_rule(act)->kind);
        auto const& memory = made.next.rules.at(memory_key(act.policy, act.rule));
        if (signal_of(*winning_rule(act)).silenced)
            broken(made, "an act on silenced alerts");
        if (dry_run_ || view_.pause == pause_mode::both || in_rollout(view_.update))
            broken(made, "an act that should be withheld");
        if (memory.last_act && now_ - *memory.last_act < what.cooldown)
            broken(made, "an act within its cooldown");
        if (!what.on_node_joined() && memory.open->acted)
            broken(made, "a second act in one episode");
    }
}

// The same facts lead to the same decision, now and until the moment at which it is worth another look.
void decision_world::check_replay(outcome const& made, history const& before) {
    auto const again = decide_again(before, now_);
    if (!same(made.result, again.result) || made.next != again.next || made.recheck != again.recheck)
        broken(made, "another decision from the same facts");
    // What a bound has stopped is no longer asked for; then others may be heard.
    bool const bound = made.result.why == reason::at_max || made.result.why == reason::at_min;
    if (!bound && decide_again(made.next, now_).result.to != made.result.to)
        broken(made, "another decision in the same moment");
    auto const paced = [](service_policy const& each) {
        return each.stabilize != stabilization{} || !each.limit_up.entries.empty() ||
               !each.limit_down.entries.empty();
    };
    if (bound || moves(made.result) || made.result.would || std::ranges::any_of(policies_, paced))
        return;
    time_point const soon = std::min(now_ + 14s, made.recheck.value_or(now_ + 14s));
    if (decide_again(made.next, soon - 1ms).result.to != made.result.to)
        broken(made, "another decision before the moment that was named for it");
}

} // namespace autoscaler::policy::testing
