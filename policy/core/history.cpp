#include "policy/core/history.hpp"

#include <algorithm>

namespace autoscaler::policy {

namespace {

std::optional<time_point> capped(std::optional<time_point> time, time_point now) {
    return time ? std::optional(std::min(*time, now)) : time;
}

std::optional<time_point> later(std::optional<time_point> a, std::optional<time_point> b) {
    return std::max(a, b); // none is smaller than any time
}

episode capped(episode loaded, time_point now) {
    loaded.since = std::min(loaded.since, now);
    loaded.acted = capped(loaded.acted, now);
    return loaded;
}

void load_changes(history& memory, service_state const& state, time_point now) {
    auto const known = [&](replica_change const& change) {
        return std::ranges::find(memory.changes, change) != memory.changes.end();
    };
    // The first of a full label may stand for several, the last of which had its time.
    auto const stands_for_known = [&](replica_change const& first) {
        return state.changes.size() >= max_changes &&
               std::ranges::find(memory.changes, first.at, &replica_change::at) != memory.changes.end();
    };
    for (std::size_t i = 0; i < state.changes.size(); ++i) {
        auto change = state.changes[i];
        change.at = std::min(change.at, now);
        if (!known(change) && !(i == 0 && stands_for_known(change)))
            memory.changes.push_back(change);
    }
    std::ranges::sort(memory.changes, {}, &replica_change::at);
    while (memory.changes.size() > max_remembered_changes)
        merge_oldest(memory.changes);
}

// The label's word on episodes that acted stands; what it no longer lists has been dealt with by its writer.
void join_episodes(history& memory, service_state const& state, time_point now) {
    for (auto& [key, remembered] : memory.rules) {
        if (state.episodes.contains(key))
            continue;
        remembered.settled = remembered.open && remembered.open->acted;
        remembered.resolved.reset();
    }
    for (auto const& [key, listed] : state.episodes) {
        auto& remembered = memory.rules[key];
        if (remembered.open) {
            if (listed.acted) {
                *remembered.open = capped(listed, now);
                remembered.settled = false;
            }
        } else if (!remembered.resolved) {
            remembered.open = capped(listed, now);
            remembered.unheard_since = now;
        }
    }
}

// Another autoscaler has acted: it has dealt with the nodes that we heard of, too.
void join_acts(history& memory, service_state const& state, time_point now) {
    for (auto const& [key, at] : state.acts) {
        auto& remembered = memory.rules[key];
        auto const acted = std::optional(std::min(at, now));
        if (remembered.last_act >= acted)
            continue;
        remembered.last_act = acted;
        remembered.joined.reset();
    }
}

// No policy was idle before the last up.
void renew_busy(history& memory) {
    if (memory.last_up)
        for (auto& [policy, busy] : memory.busy)
            busy = std::max(busy, *memory.last_up);
}

void join_label(history& memory, service_state const& state, time_point now) {
    memory.sequence = state.sequence;
    memory.writer = state.writer;
    memory.last_set = state.last_set;
    memory.last_up = later(memory.last_up, capped(state.last_up, now));
    memory.last_down = later(memory.last_down, capped(state.last_down, now));
    load_changes(memory, state, now);
    join_episodes(memory, state, now);
    join_acts(memory, state, now);
    renew_busy(memory);
}

} // namespace

std::string memory_key(std::string_view policy, std::string_view rule) {
    std::string key;
    key.reserve(policy.size() + 1 + rule.size());
    return key.append(policy).append("/").append(rule);
}

history fresh_history(service_view const& view, time_point now) {
    history memory;
    memory.boot = now;
    memory.last_set = view.replicas;
    memory.wishes = {{.at = now, .replicas = view.replicas}};
    return memory;
}

history first_history(service_view const& view, time_point now) {
    history memory = fresh_history(view, now);
    if (view.last_state())
        join_label(memory, *view.last_state(), now);
    return memory;
}

bool join(history& memory, service_view const& view, time_point now) {
    auto const& label = view.last_state();
    if (!label || label->sequence <= memory.sequence)
        return false;
    bool const stepped = label->last_set != memory.last_set;
    join_label(memory, *label, now);
    memory.changed_by_other = stepped;
    return true;
}

history loaded_history(history saved, time_point now) {
    cap_times(saved, now);
    renew_busy(saved);
    // Whoever heard of its alert is dead; that nobody has repeated it yet does not end it.
    for (auto& [key, remembered] : saved.rules)
        if (remembered.open)
            remembered.unheard_since = now;
    return saved;
}

void cap_times(history& memory, time_point now) {
    memory.last_up = capped(memory.last_up, now);
    memory.last_down = capped(memory.last_down, now);
    memory.boot = std::min(memory.boot, now);
    for (auto& change : memory.changes)
        change.at = std::min(change.at, now);
    for (auto& wish : memory.wishes)
        wish.at = std::min(wish.at, now);
    for (auto& [policy, busy] : memory.busy)
        busy = std::min(busy, now);
    for (auto& [key, remembered] : memory.rules) {
        if (remembered.open)
            remembered.open = capped(*remembered.open, now);
        if (remembered.resolved)
            remembered.resolved->of = capped(remembered.resolved->of, now);
        remembered.unheard_since = capped(remembered.unheard_since, now);
        remembered.last_act = capped(remembered.last_act, now);
        remembered.joined = capped(remembered.joined, now);
        remembered.missing_since = capped(remembered.missing_since, now);
        for (auto& since : remembered.holding_since)
            since = capped(since, now);
    }
}

void note_change(history& memory, std::int64_t from, std::int64_t to, time_point now) {
    memory.last_set = to;
    memory.changed_by_other = false;
    append(memory.changes, {.at = now, .delta = to - from}, max_remembered_changes);
    (to > from ? memory.last_up : memory.last_down) = now;
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
    service_state state{
        .sequence = memory.sequence,
        .writer = memory.writer,
        .last_set = memory.last_set.value_or(0),
        .last_up = memory.last_up,
        .last_down = memory.last_down,
        .changes = memory.changes,
        .policy_hash = std::move(policy_hash),
        .episodes = {},
        .acts = {},
    };
    while (state.changes.size() > max_changes)
        merge_oldest(state.changes);
    // A pending `resolved` is not stored as such: it is an episode that is listed and not active.
    for (auto const& [key, remembered] : memory.rules) {
        if (remembered.last_act)
            state.acts.emplace(key, *remembered.last_act);
        if (remembered.open) {
            auto& listed = state.episodes.emplace(key, *remembered.open).first->second;
            if (remembered.settled) // nobody is to do again what its end has asked for
                listed.acted.reset();
        } else if (remembered.resolved)
            state.episodes.emplace(key, remembered.resolved->of);
    }
    return state;
}

} // namespace autoscaler::policy
