#include "swarm_client/model/orchestrator.hpp"

#include <algorithm>
#include <tuple>
#include <utility>
#include <vector>

namespace autoscaler::swarm::model::orchestrator {

namespace {

using keys = std::vector<std::uint64_t>;

// A slot counts while one of its tasks is to run, or when the last one ended for good.
bool counts(store& all, service const& owner, std::uint64_t key) {
    if (!all.live_in_slot(owner, key).empty())
        return true;
    if (owner.status && owner.status->state == update_state::rollback_started)
        return false;
    auto const& newest = all.tasks.at(owner.slots.at(key).back());
    return newest.desired != task_state::remove && !restarts::wants_restart(newest);
}

bool runs(store& all, service const& owner, std::uint64_t key) {
    return std::ranges::any_of(all.live_in_slot(owner, key), [](task const* one) {
        return one->state == task_state::running;
    });
}

// The order in which slots are kept when there are too many: running ones first, spread evenly over the
// nodes.
keys by_worth(store& all, service const& owner, keys const& slots) {
    std::vector<std::pair<bool, std::uint64_t>> idle_last;
    for (auto const key : slots)
        idle_last.emplace_back(!runs(all, owner, key), key);
    std::ranges::sort(idle_last);
    std::map<std::uint64_t, std::uint64_t> copies; // By node.
    std::vector<std::tuple<std::uint64_t, bool, std::uint64_t>> nth_copy_last;
    for (auto const& [idle, key] : idle_last) {
        auto const live = all.live_in_slot(owner, key);
        auto const where = live.empty() ? std::uint64_t{} : live.back()->node.value_or(0);
        nth_copy_last.emplace_back(++copies[where], idle, key);
    }
    std::ranges::sort(nth_copy_last);
    keys sorted;
    for (auto const& [copy, idle, key] : nth_copy_last)
        sorted.push_back(key);
    return sorted;
}

void erase_slots(store& all, service& owner, keys const& dead) {
    for (auto const key : dead) {
        auto const found = owner.slots.find(key);
        if (found == owner.slots.end())
            continue;
        auto const numbers = found->second;
        for (auto const number : numbers)
            all.erase_task(number);
    }
}

void remove_slot(store& all, service const& owner, std::uint64_t key) {
    for (auto* const one : all.live_in_slot(owner, key))
        agent::want(all, *one, task_state::remove);
}

// Fills the lowest free slot numbers.
void add_slots(store& all, service& owner, keys const& taken, keys& dead, std::uint64_t count) {
    std::set<std::uint64_t> const used(taken.begin(), taken.end());
    std::uint64_t slot = 0;
    for (; count > 0; --count) {
        do
            ++slot;
        while (used.contains(slot));
        std::erase(dead, slot);
        auto* const made = all.add_task(owner, slot);
        if (made == nullptr)
            return;
        agent::plan(all, *made);
    }
}

void reconcile_replicated(store& all, service& owner) {
    keys live;
    keys dead;
    for (auto const& [key, numbers] : owner.slots)
        (counts(all, owner, key) ? live : dead).push_back(key);
    auto const wanted = owner.spec.replicas;
    if (wanted < live.size()) {
        auto const sorted = by_worth(all, owner, live);
        auto const cut = sorted.begin() + static_cast<std::ptrdiff_t>(wanted);
        rollouts::update(all, owner.number, keys(sorted.begin(), cut));
        erase_slots(all, owner, dead);
        std::for_each(cut, sorted.end(), [&](std::uint64_t key) { remove_slot(all, owner, key); });
        return;
    }
    rollouts::update(all, owner.number, live);
    if (wanted > live.size())
        add_slots(all, owner, live, dead, wanted - live.size());
    erase_slots(all, owner, dead);
}

void reconcile_one_global(store& all, service& owner) {
    keys live;
    for (auto const& [number, where] : all.nodes) {
        bool const eligible =
            where.available == availability::active && satisfies(where, owner.task->constraints);
        bool const present = !all.live_in_slot(owner, number).empty();
        if (!eligible || where.state == node_state::down) {
            for (auto* const one : all.live_in_slot(owner, number))
                agent::want(all, *one, task_state::shutdown);
        } else if (present) {
            live.push_back(number);
        } else if (auto* const made = all.add_task(owner, number)) {
            agent::plan(all, *made);
        }
    }
    rollouts::update(all, owner.number, live);
}

} // namespace

void reconcile(store& all, std::uint64_t number) {
    auto const found = all.services.find(number);
    if (found == all.services.end() || found->second.removed)
        return;
    auto& owner = found->second;
    owner.reconcile_due = false;
    if (owner.spec.mode == service_mode::replicated)
        reconcile_replicated(all, owner);
    else if (owner.spec.mode == service_mode::global)
        reconcile_one_global(all, owner);
}

void reconcile_global(store& all) {
    for (auto const& [number, one] : all.services)
        if (one.spec.mode == service_mode::global && !one.removed)
            all.schedule(all.now, timer_kind::reconcile, number);
}

} // namespace autoscaler::swarm::model::orchestrator
