#include "policy/core/history.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace autoscaler::policy {

namespace {

// Calls `change` with each time by our own clock that there is.
template<class Change>
void for_each_time(episode& of, Change const& change) {
    change(of.since);
    if (of.acted)
        change(*of.acted);
}

template<class Change>
void for_each_time(history& memory, Change const& change) {
    auto const if_any = [&](std::optional<time_point>& time) {
        if (time)
            change(*time);
    };
    if_any(memory.last_up);
    if_any(memory.last_down);
    if_any(memory.undone_at);
    change(memory.boot);
    for (auto& each : memory.changes)
        change(each.at);
    for (auto& wish : memory.wishes)
        change(wish.at);
    for (auto& [policy, busy] : memory.busy)
        change(busy);
    for (auto& [key, remembered] : memory.rules) {
        if (remembered.open)
            for_each_time(*remembered.open, change);
        if (remembered.resolved)
            for_each_time(remembered.resolved->of, change);
        for (auto* time :
             {&remembered.unheard_since, &remembered.last_act, &remembered.joined, &remembered.missing_since})
            if_any(*time);
        for (auto& since : remembered.holding_since)
            if_any(since);
    }
}

} // namespace

std::string memory_key(std::string_view policy, std::string_view rule) {
    std::string key;
    key.reserve(policy.size() + 1 + rule.size());
    return key.append(policy).append("/").append(rule);
}

history fresh_history(service_view const& view, time_point now) {
    history memory;
    memory.seen_version = view.version;
    memory.boot = now;
    memory.last_set = view.replicas;
    memory.wishes = {{.at = now, .replicas = view.replicas}};
    return memory;
}

bool is_news(service_state const& label, history const& memory) {
    if (label.writer == memory.writer && label.sequence <= memory.sequence)
        return false;
    if (label.over_version != 0 && memory.seen_version != 0)
        return label.over_version >= memory.seen_version;
    return label.sequence > memory.sequence;
}

history loaded_history(history saved, time_point now) {
    cap_times(saved, now);
    renew_busy(saved);
    return saved;
}

void renew_busy(history& memory) {
    if (memory.last_up)
        for (auto& [policy, busy] : memory.busy)
            busy = std::max(busy, *memory.last_up);
}

void note_told(history& memory) {
    auto const told = [](std::optional<time_point>& stamp, std::optional<time_point> const& at) {
        if (!stamp)
            stamp = at;
    };
    told(memory.up_stamp, memory.last_up);
    told(memory.down_stamp, memory.last_down);
    for (auto& each : memory.changes)
        told(each.stamp, each.at);
    for (auto& [key, remembered] : memory.rules) {
        told(remembered.act_stamp, remembered.last_act);
        if (remembered.open)
            told(remembered.acted_stamp, remembered.open->acted);
        else if (remembered.resolved)
            told(remembered.acted_stamp, remembered.resolved->of.acted);
    }
}

void note_rollback(history& memory, time_point now) {
    memory.last_up = now;
    memory.up_stamp.reset();
}

void cap_times(history& memory, time_point now) {
    for_each_time(memory, [now](time_point& time) { time = std::min(time, now); });
}

void shift_times(history& memory, duration by) {
    for_each_time(memory, [by](time_point& time) { time += by; });
}

void note_change(history& memory, std::int64_t from, std::int64_t to, time_point now) {
    memory.last_set = to;
    memory.changed_by_other = false;
    append(memory.changes, {.at = now, .delta = to - from}, max_remembered_changes);
    (to > from ? memory.last_up : memory.last_down) = now;
    (to > from ? memory.up_stamp : memory.down_stamp).reset();
}

// An older wish for the same count adds nothing: whichever window holds it, holds this one, too. So there are
// never more wishes than counts.
void note_wish(history& memory, std::int64_t replicas, duration window, time_point now) {
    std::erase_if(memory.wishes, [&](wish_record const& known) {
        return known.replicas == replicas || now - known.at >= window;
    });
    memory.wishes.push_back({.at = now, .replicas = replicas});
}

service_state to_state(history const& memory, std::string policy_hash) {
    auto const told = [](std::optional<time_point> const& stamp, std::optional<time_point> const& at) {
        return at && stamp ? stamp : at;
    };
    service_state state{
        .sequence = memory.sequence,
        .writer = memory.writer,
        .last_set = memory.last_set.value_or(0),
        .last_up = told(memory.up_stamp, memory.last_up),
        .last_down = told(memory.down_stamp, memory.last_down),
        .changes = memory.changes,
        .policy_hash = std::move(policy_hash),
        .episodes = {},
        .acts = {},
    };
    while (state.changes.size() > max_changes)
        merge_oldest(state.changes);
    for (auto& each : state.changes)
        each.at = std::exchange(each.stamp, std::nullopt).value_or(each.at);
    // A pending `resolved` is not stored as such: it is an episode that is listed and not active.
    for (auto const& [key, remembered] : memory.rules) {
        if (remembered.last_act)
            state.acts.emplace(key, *told(remembered.act_stamp, remembered.last_act));
        if (!remembered.open && !remembered.resolved)
            continue;
        auto& listed =
            state.episodes.emplace(key, remembered.open ? *remembered.open : remembered.resolved->of)
                .first->second;
        listed.acted = told(remembered.acted_stamp, listed.acted);
        if (remembered.open && remembered.settled) // nobody is to do again what its end has asked for
            listed.acted.reset();
    }
    return state;
}

} // namespace autoscaler::policy
