#include "swarm_client/model/rollout.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace autoscaler::swarm::model::rollouts {

namespace {

// swarmkit's monitor time where the Spec names none.
constexpr duration default_monitor = std::chrono::seconds{5};

using phase = rollout_worker::phase;

bool has_state(service const& owner, update_state state) {
    return owner.status && owner.status->state == state;
}

void start_update(store& all, service changed) {
    changed.status = update_status{update_state::updating, all.now, {}, "update in progress"};
    all.change_service(std::move(changed));
}

// The three ends of a rollout do nothing when an update has reset UpdateStatus since: the update is somebody
// else's.
void complete(store& all, service changed) {
    if (!changed.status)
        return;
    bool const back = changed.status->state == update_state::rollback_started;
    changed.status->state = back ? update_state::rollback_completed : update_state::completed;
    changed.status->message = back ? "rollback completed" : "update completed";
    changed.status->completed_at = all.now;
    all.change_service(std::move(changed));
}

void pause(store& all, service changed, std::string message) {
    if (!changed.status)
        return;
    bool const back = changed.status->state == update_state::rollback_started;
    changed.status->state = back ? update_state::rollback_paused : update_state::paused;
    changed.status->message = std::move(message);
    all.change_service(std::move(changed));
}

// Goes back to PreviousSpec whatever that is: after a scaling in mid-rollout it is the bad one.
void roll_back(store& all, service changed, std::string message) {
    if (!changed.status || !changed.previous_spec)
        return;
    changed.status->state = update_state::rollback_started;
    changed.status->message = std::move(message);
    changed.spec = std::move(*changed.previous_spec);
    changed.previous_spec.reset();
    all.change_service(std::move(changed));
}

void act_on_failure(store& all, rollout& run, service const& owner, std::string const& task_id) {
    auto const cause = " due to failure or early termination of task " + task_id;
    run.halted = true;
    if (run.config.on_failure == failure_action::pause)
        pause(all, owner, "update paused" + cause);
    else if (run.rolling_back)
        pause(all, owner, "rollback paused" + cause);
    else
        roll_back(all, owner, "update rolled back" + cause);
}

// A task of this rollout that ends before or within the monitor time after its start counts, whatever ended
// it.
void count_failure(store& all, rollout& run, service const& owner, task const& which) {
    auto const made = run.made.find(which.number);
    if (run.config.on_failure == failure_action::proceed || run.halted || made == run.made.end())
        return;
    if (made->second && all.now - *made->second > run.monitor)
        return;
    if (!run.failed.insert(which.number).second)
        return;
    auto const ratio = static_cast<float>(run.failed.size()) / static_cast<float>(run.dirty.size());
    if (ratio > run.config.max_failure_ratio)
        act_on_failure(all, run, owner, which.id);
}

void stop_all_but(store& all, service const& owner, std::uint64_t key, std::uint64_t kept) {
    for (auto* const old : all.live_in_slot(owner, key))
        if (old->number != kept)
            agent::want(all, *old, task_state::shutdown);
}

void make_new_task(store& all, rollout& run, rollout_worker& worker, service& owner) {
    auto const olds = all.live_in_slot(owner, worker.key);
    auto const before = olds.empty() ? std::nullopt : std::optional{olds.back()->number};
    auto* const fresh = all.add_task(owner, worker.key);
    if (fresh == nullptr) {
        worker.now = phase::idle;
        return;
    }
    worker.task = fresh->number;
    worker.start_first = run.config.order == update_order::start_first;
    run.made.emplace(fresh->number, std::nullopt);
    if (!worker.start_first)
        stop_all_but(all, owner, worker.key, fresh->number);
    restarts::hold(all, *fresh, duration{}, worker.start_first ? std::nullopt : before);
}

// Takes a task that is already what it should be, if the slot has one, and makes one otherwise.
void start_slot(store& all, rollout& run, rollout_worker& worker, service& owner, std::uint64_t key) {
    worker = {phase::waiting, key, 0, false};
    auto const live = all.live_in_slot(owner, key);
    task* clean = nullptr;
    for (auto* const one : live)
        if (!is_dirty(all, owner, *one) && (clean == nullptr || clean->desired < one->desired))
            clean = one;
    if (clean == nullptr)
        return make_new_task(all, run, worker, owner);
    worker.task = clean->number;
    stop_all_but(all, owner, key, clean->number);
    if (clean->desired != task_state::running && !clean->held) {
        auto const before = std::ranges::find_if(live, [&](task const* one) { return one != clean; });
        restarts::hold(
            all, *clean, duration{}, before == live.end() ? std::nullopt : std::optional{(*before)->number}
        );
    }
}

// Whether the worker's task has got as far as the worker cares: it runs, or it will never.
bool arrived(store& all, rollout_worker const& worker) {
    auto const* const which = all.find_task(worker.task);
    return which == nullptr || ended(which->desired) || (!which->held && which->state >= task_state::running);
}

void finish_slot(store& all, rollout& run, rollout_worker& worker, service& owner) {
    if (auto const made = run.made.find(worker.task); made != run.made.end())
        made->second = all.now;
    auto const* const which = all.find_task(worker.task);
    if (worker.start_first && which != nullptr && which->state == task_state::running)
        stop_all_but(all, owner, worker.key, worker.task);
    worker.now = phase::idle;
    if (run.config.delay > duration{}) {
        worker.now = phase::pausing;
        worker.key = ++all.serial; // Marks its timer.
        all.schedule(all.now + run.config.delay, timer_kind::rollout_worker, owner.number, worker.key);
    }
}

bool all_idle(rollout const& run) {
    return std::ranges::all_of(run.workers, [](rollout_worker const& one) { return one.now == phase::idle; });
}

// Moves every worker as far as it goes without waiting.
void advance(store& all, std::uint64_t number) {
    auto& run = all.rollouts.at(number);
    auto& owner = all.services.at(number);
    for (bool moved = true; moved;) {
        moved = false;
        for (auto& worker : run.workers) {
            if (worker.now == phase::waiting && arrived(all, worker)) {
                finish_slot(all, run, worker, owner);
                moved = true;
            }
            if (worker.now == phase::idle && !run.halted && run.next < run.dirty.size()) {
                start_slot(all, run, worker, owner, run.dirty[run.next++]);
                moved = true;
            }
        }
    }
    if (!all_idle(run))
        return;
    if (run.halted) {
        all.rollouts.erase(number);
    } else if (!run.monitoring) {
        run.monitoring = true;
        all.schedule(all.now + run.monitor, timer_kind::rollout_end, number, run.stamp);
    }
}

rollout begin(store& all, service const& owner, std::vector<std::uint64_t> dirty) {
    rollout made;
    made.stamp = ++all.serial;
    made.goal = owner.spec;
    made.rolling_back = has_state(owner, update_state::rollback_started);
    made.config = (made.rolling_back ? owner.spec.rollback : owner.spec.update).value_or(update_config{});
    made.monitor = made.config.monitor > duration{} ? made.config.monitor : default_monitor;
    // A failure must still count when it comes during the pause after its slot.
    if (made.config.delay >= made.monitor)
        made.monitor = made.config.delay + std::chrono::seconds{1};
    auto const parallel = made.config.parallelism == 0 ? dirty.size() : made.config.parallelism;
    made.workers.resize(std::min<std::uint64_t>(parallel, dirty.size()));
    made.dirty = std::move(dirty);
    return made;
}

bool slot_is_dirty(store& all, service const& owner, std::uint64_t key) {
    auto const slot = owner.slots.find(key);
    if (slot == owner.slots.end())
        return false;
    auto const live = all.live_in_slot(owner, key);
    if (live.empty()) // It ended for good; a changed template gives it another chance.
        return is_dirty(all, owner, all.tasks.at(slot->second.back()));
    return live.size() > 1 || is_dirty(all, owner, *live.front());
}

} // namespace

bool is_dirty(store const& all, service const& owner, task const& which) {
    if (which.spec == owner.task || *which.spec == *owner.task)
        return false;
    auto const where = which.node ? all.nodes.find(*which.node) : all.nodes.end();
    bool const stays = where != all.nodes.end() && satisfies(where->second, owner.task->constraints);
    return !(stays && equal_but_for_constraints(*which.spec, *owner.task));
}

void update(store& all, std::uint64_t number, std::vector<std::uint64_t> const& slots) {
    if (auto const found = all.rollouts.find(number); found != all.rollouts.end()) {
        if (found->second.goal == all.services.at(number).spec)
            return;
        all.rollouts.erase(found);
    }
    auto const& owner = all.services.at(number);
    if (has_state(owner, update_state::paused) || has_state(owner, update_state::rollback_paused))
        return;
    std::vector<std::uint64_t> dirty;
    std::ranges::copy_if(slots, std::back_inserter(dirty), [&](std::uint64_t key) {
        return slot_is_dirty(all, owner, key);
    });
    if (dirty.empty()) {
        if (has_state(owner, update_state::updating) || has_state(owner, update_state::rollback_started))
            complete(all, owner);
        return;
    }
    all.rollouts.insert_or_assign(number, begin(all, owner, std::move(dirty)));
    if (!owner.status)
        start_update(all, owner);
    advance(all, number);
}

void on_change(store& all, std::uint64_t task_number) {
    auto const* const which = all.find_task(task_number);
    if (which == nullptr)
        return; // The rollout's worker sees that its task is gone when anything else moves it on.
    auto const found = all.rollouts.find(which->service);
    if (found == all.rollouts.end())
        return;
    if (ended(which->state))
        count_failure(all, found->second, all.services.at(which->service), *which);
    advance(all, which->service);
}

void on_worker_timer(store& all, std::uint64_t owner, std::uint64_t stamp) {
    for (auto& worker : all.rollouts.at(owner).workers)
        if (worker.now == phase::pausing && worker.key == stamp)
            worker.now = phase::idle;
    advance(all, owner);
}

void on_end_timer(store& all, std::uint64_t owner) {
    all.rollouts.erase(owner);
    complete(all, all.services.at(owner));
}

} // namespace autoscaler::swarm::model::rollouts
