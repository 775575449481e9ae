// The engine's half that keeps its times right when the wall clock is set.
#include "policy/core/engine.hpp"

#include <algorithm>

namespace autoscaler::policy {

namespace {

// Calls `change` with each time by our own clock that a track has.
template<class Change>
void for_each_time(track& of, Change const& change) {
    change(of.version_since);
    change(of.asked_at);
    for (auto* time : {&of.stale_since, &of.looked_at, &of.stuck_since, &of.crashed_at})
        if (*time)
            change(**time);
    for (auto& [key, poll] : of.polls) {
        if (poll.asked != time_point{}) // asked at all
            change(poll.asked);
        change(poll.since);
        if (poll.due)
            change(*poll.due);
    }
}

template<class Change>
void for_each_memory(track& of, Change const& change) {
    for (auto& part : of.groups)
        change(part.memory);
    if (of.parked)
        change(*of.parked);
    if (of.sent)
        change(of.sent->after);
}

} // namespace

// The clock was ahead and was set right, and nobody has said by how much: what it has stamped meanwhile
// happened now, and whoever sleeps by it is woken.
void engine::set_back(time_point now) {
    auto const cap = [now](time_point& time) { time = std::min(time, now); };
    store_.set_back(now);
    latest_expiry_ = store_.latest_expiry();
    for (auto* time : {&last_liveness_, &listed_at_, &life_since_, &list_due_, &reconcile_due_, &first_look_})
        if (*time)
            cap(**time);
    for (auto& each : roster_.tracks()) {
        for_each_time(each, cap);
        for_each_memory(each, [now](history& memory) { cap_times(memory, now); });
    }
    replan(now);
}

// It was set, and we know by how much: all that has happened keeps its distance from now. What others have
// said by their own clocks, ends of alerts and silences, stands as they said it.
void engine::handle(event::clock_set const& what) {
    auto const shift = [&what](time_point& time) { time += what.by; };
    store_.shift(what.by);
    latest_expiry_ = store_.latest_expiry();
    for (auto* time : {&last_liveness_, &listed_at_, &life_since_, &list_due_, &reconcile_due_, &first_look_})
        if (*time)
            shift(**time);
    for (auto& [key, memory] : saved_)
        shift_times(memory, what.by);
    for (auto& each : roster_.tracks()) {
        for_each_time(each, shift);
        for_each_memory(each, [&what](history& memory) { shift_times(memory, what.by); });
    }
    set_back(what.now); // should the two not be quite the same
}

void engine::replan(time_point now) {
    now_ = last_sweep_ = now;
    woken_at_.reset();
    silences_.set_back(known_alerts(), now); // every service is looked at below
    if (attach_firing())                     // also those that alerts name which no silence covers any more
        rebuild();
    agenda_.clear();
    polls_.clear();
    for (auto& each : roster_.tracks()) {
        schedule_polls(each);
        if (each.under_way == track::flight::none)
            wake(each, now);
    }
}

} // namespace autoscaler::policy
