#include "support/decision_world.hpp"

#include "policy/core/act.hpp"

#include <iterator>
#include <utility>

namespace autoscaler::policy::testing {

decision_world::decision_world(unsigned seed, bool dry_run)
    : random_(seed), view_(a_service(random_.pick(0, 10))), dry_run_(dry_run) {
    view_.opted_in = true;
    for (auto i = random_.pick(1, 2); i > 0; --i)
        policies_.push_back(random_policy(random_, "p" + std::to_string(i)));
    if (random_.chance(30))
        policies_.back().from_label = label_source{.label = "svc", .allow = must_match("svc=~\".*\"")};
    for (auto const& policy : policies_)
        inputs_.push_back({.policy = &policy, .signals = std::vector<rule_signal>(policy.rules.size())});
    memory_ = fresh_history(view_, now_);
}

void decision_world::live(int decisions) {
    while (decisions-- > 0) {
        for (auto i = random_.pick(0, 3); i > 0; --i)
            happen();
        now_ += random_.chance(10) ? random_.seconds(60, 300) : duration(random_.pick(1, 8000));
        for (auto& input : inputs_)
            for (auto& signal : input.signals)
                if ((signal.active || signal.silenced) && *signal.ends <= now_) { // nobody has repeated it
                    signal.active = signal.silenced = false;
                    signal.ends.reset();
                    signal.ended = rule_signal::end::expired;
                }
        decide_once();
    }
}

void decision_world::happen() {
    if (random_.chance(35))
        return change_service();
    if (random_.chance(3))
        live_ = !live_;
    auto& input = inputs_[static_cast<std::size_t>(random_.pick(0, std::ssize(inputs_) - 1))];
    auto const which = static_cast<std::size_t>(random_.pick(0, std::ssize(input.signals) - 1));
    auto const& what = input.policy->rules[which];
    auto const* act = std::get_if<action_rule>(&what.kind);
    if (query_of(what))
        change_value(what, input.signals[which]);
    else if (act && act->on_node_joined())
        memory_.rules[memory_key(input.policy->name, what.name)].joined = now_;
    else
        change_alert(input.signals[which]);
}

void decision_world::change_alert(rule_signal& signal) {
    signal.heard = now_;
    bool const fires = signal.active || signal.silenced;
    if (fires && random_.chance(40)) {
        signal.active = signal.silenced = false;
        signal.ended = rule_signal::end::resolved;
    } else {
        if (!fires)
            signal.since = now_ - random_.seconds(0, 3);
        signal.silenced = random_.chance(20);
        signal.active = !signal.silenced;
    }
    signal.ends = signal.active || signal.silenced ? std::optional(now_ + 240s) : std::nullopt;
}

void decision_world::change_value(rule const& what, rule_signal& signal) {
    auto const* target = std::get_if<target_rule>(&what.kind);
    if (random_.chance(20))
        signal.value = failed();
    else if (random_.chance(10))
        signal.value = no_series();
    else if (target && target->what == target_rule::mode::replicas)
        signal.value = value(static_cast<double>(random_.pick(0, 15)));
    else if (target && target->what == target_rule::mode::total)
        signal.value = value(target->target * 0.1 * static_cast<double>(random_.pick(0, 150)));
    else
        signal.value = value(static_cast<double>(random_.pick(0, 100)));
    if (target && target->what == target_rule::mode::average && random_.chance(30)) // at an edge
        signal.value = value(target->target * (random_.chance(50) ? 1 + target->tolerance_up : 0.9));
    signal.value_at = now_;
}

void decision_world::change_service() {
    if (random_.chance(30))
        view_.running = random_.pick(0, view_.replicas + 1);
    else if (random_.chance(20))
        view_.running.reset();
    else
        view_.running = view_.replicas;
    view_.stuck = static_cast<stuck_state>(random_.chance(70) ? 0 : random_.pick(1, 2));
    view_.pause = static_cast<pause_mode>(random_.chance(80) ? 0 : random_.pick(1, 3));
    view_.update = static_cast<update_state>(random_.chance(70) ? 0 : random_.pick(0, 6));
    view_.rollback_at_risk = random_.chance(30);
    view_.opted_in = random_.chance(95);
    view_.mode = random_.chance(99) ? service_mode::replicated : service_mode::global;
    if (random_.chance(25))
        change_count();
    else if (random_.chance(5))
        another_acts();
}

// An operator, or a deploy.
void decision_world::change_count() {
    view_.deployed = view_.deployed || random_.chance(50);
    view_.replicas = random_.chance(10) ? 0 : random_.pick(0, 16);
    ++view_.version;
}

// Another autoscaler has stepped, and its label brings the news.
void decision_world::another_acts() {
    auto theirs = memory_;
    note_change(theirs, view_.replicas, view_.replicas + 1, now_);
    ++theirs.sequence;
    view_.state = to_state(theirs, "hash");
    ++view_.replicas;
    view_.deployed = false;
    ++view_.version;
    join(memory_, view_, now_);
}

outcome decision_world::decide_again(history const& memory, time_point now) const {
    return decide(
        {.policies = inputs_, .service = view_, .webhook_ttl = 5h, .live = live_, .dry_run = dry_run_},
        memory,
        now
    );
}

void decision_world::decide_once() {
    auto const before = memory_;
    auto const made = decide_again(before, now_);
    memory_ = made.next;
    ++reasons_[made.result.why];
    for (auto const& act : made.acts)
        ++reasons_[act.why];
    check(made);
    check_replay(made, before);
    if (made.deploy_settled)
        view_.deployed = false;
    accept(made);
}

// One write at most, as the engine does; now and then Swarm refuses it.
void decision_world::accept(outcome const& made) {
    auto const& result = made.result;
    if (dry_run_ && result.why == reason::dry_run)
        commit(memory_, result, true);
    if (result.action != decided_action::hold) {
        ++writes_;
        if (random_.chance(10))
            return;
        commit(memory_, result, false);
        view_.running = random_.chance(50) ? result.to : view_.replicas;
        view_.replicas = result.to;
        view_.deployed = false;
        ++view_.version;
        return;
    }
    for (auto const& act : made.acts)
        if (act.action != decided_action::hold) {
            ++writes_;
            commit_act(memory_, act);
            ++view_.version;
            return;
        } else if (act.why == reason::dry_run) {
            commit_act(memory_, act);
        }
}

void decision_world::broken(outcome const& made, std::string const& promise) {
    auto const& what = made.result;
    std::string text = "after " + std::to_string((now_ - t0).count()) + " ms: " + promise + " (" +
                       std::to_string(what.from) + " -> " + std::to_string(what.to) + ", " +
                       std::string(to_string(what.why)) + ", " + what.policy + "/" + what.rule + ";";
    for (auto const& step : what.trace)
        text += " " + std::string(step.stage) + " " + step.rule + " " + std::to_string(step.in) + ">" +
                std::to_string(step.out) + " " + step.why + ";";
    violations_.push_back(text + ")");
}

} // namespace autoscaler::policy::testing
