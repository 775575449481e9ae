#include "swarm_client/model/restarts.hpp"

#include <vector>

namespace autoscaler::swarm::model::restarts {

namespace {

// swarmkit's defaults: the restart delay, and how long a start waits for the task before it to stop.
constexpr duration default_delay = std::chrono::seconds{5};
constexpr duration longest_wait = std::chrono::minutes{1};

bool still_runs(store& all, std::uint64_t number) {
    auto const* const before = all.find_task(number);
    if (before == nullptr || ended(before->state))
        return false;
    auto const where = before->node ? all.nodes.find(*before->node) : all.nodes.end();
    return where == all.nodes.end() || where->second.state != node_state::down;
}

node const* node_of(store const& all, task const& which) {
    auto const found = which.node ? all.nodes.find(*which.node) : all.nodes.end();
    return found == all.nodes.end() ? nullptr : &found->second;
}

duration delay_of(store const& all, task const& old) {
    auto const* const where = node_of(all, old);
    if (where != nullptr && where->available == availability::drain)
        return {};
    return old.spec->restart ? old.spec->restart->delay.value_or(default_delay) : default_delay;
}

} // namespace

bool wants_restart(task const& old) {
    auto const condition = old.spec->restart ? old.spec->restart->condition : restart_condition::any;
    return condition == restart_condition::any ||
           (condition == restart_condition::on_failure && old.state != task_state::complete);
}

void hold(store& all, task& fresh, duration delay, std::optional<std::uint64_t> after) {
    fresh.desired = task_state::ready;
    fresh.held = held_start{all.now + delay, after};
    if (after) {
        all.followers[*after].push_back(fresh.number);
        all.schedule(fresh.held->not_before + longest_wait, timer_kind::start, fresh.number);
    }
    all.schedule(fresh.held->not_before, timer_kind::start, fresh.number);
    agent::plan(all, fresh);
}

void release(store& all, task& held) {
    if (!held.held || all.now < held.held->not_before)
        return;
    bool const waited_enough = all.now >= held.held->not_before + longest_wait;
    if (held.held->after && !waited_enough && still_runs(all, *held.held->after))
        return;
    held.held.reset();
    agent::want(all, held, task_state::running);
    all.changed.push_back(held.number);
    if (held.restart_wanted && !ended(held.desired))
        replace(all, held);
}

void replace(store& all, task& old) {
    if (old.held) {
        old.restart_wanted = true;
        return;
    }
    if (ended(old.desired))
        return;
    bool const wait = still_runs(all, old.number);
    agent::want(all, old, task_state::shutdown);
    auto const owner = all.services.find(old.service);
    if (owner == all.services.end() || owner->second.removed || !wants_restart(old))
        return;
    auto const delay = delay_of(all, old);
    auto const number = old.number;
    if (auto* const fresh = all.add_task(owner->second, old.key))
        hold(all, *fresh, delay, wait ? std::optional{number} : std::nullopt);
}

void on_change(store& all, std::uint64_t number) {
    auto* const which = all.find_task(number);
    if (which != nullptr && ended(which->state) && !ended(which->desired))
        replace(all, *which);
    if (which != nullptr && !ended(which->state))
        return;
    auto const found = all.followers.find(number);
    if (found == all.followers.end())
        return;
    auto const waiting = std::move(found->second);
    all.followers.erase(found);
    for (auto const follower : waiting)
        if (auto* const one = all.find_task(follower))
            release(all, *one);
}

void evacuate(store& all, node const& left) {
    std::vector<std::uint64_t> there;
    for (auto const& [number, one] : all.tasks)
        if (one.node == left.number && !ended(one.desired) &&
            all.services.at(one.service).spec.mode == service_mode::replicated)
            there.push_back(number);
    for (auto const number : there)
        if (auto* const one = all.find_task(number))
            replace(all, *one);
}

} // namespace autoscaler::swarm::model::restarts
