// The store's half that deals with places and memory: the index of label sets, who must go, and what it
// costs.
#include "policy/core/alert_store.hpp"

#include <algorithm>
#include <functional>
#include <utility>

namespace autoscaler::policy {

namespace {

constexpr alert_store::handle nobody = std::numeric_limits<alert_store::handle>::max();

// What an alert takes besides its entry, roughly: its places in the index, in the order of what has ended and
// in the engine's lists, and the heads of its blocks on the heap.
constexpr std::size_t bookkeeping = 128;

} // namespace

std::size_t alert_store::hash_of(label_set labels) {
    std::size_t hash = labels.size();
    for (auto const& [name, value] : labels)
        for (auto const text : {name, value})
            hash = (hash ^ std::hash<std::string_view>{}(text)) * 0x9E3779B97F4A7C15U; // 2^64 / golden ratio
    return hash ^ (hash >> 32U);
}

void alert_store::sweep(time_point now, std::function<void(handle)> const& on_removed) {
    earliest_end_.reset();
    for_each([&](handle which) {
        auto& list = entries_[which].activations;
        if (auto const seen = status_of(entries_[which], now); seen.ended == end::expired)
            latest_expiry_ = std::max(latest_expiry_, std::optional(seen.ended_at));
        note_end(entries_[which], now);
        note_ended(which, now);
        std::erase_if(list, [now](auto const& a) {
            return now - std::max(a.ends_at, a.resolved_at.value_or(a.ends_at)) >= ended_retention;
        });
        if (!list.empty())
            return;
        on_removed(which);
        remove(which);
    });
}

void alert_store::remove(handle which) {
    entry& gone = entries_[which];
    bytes_ -= cost_of(gone);
    if (gone.ended_at != never)
        ended_.erase({gone.ended_at, which});
    remove_from_index(which);
    std::erase(listed_, which);
    --known_;
    gone = entry{.text = alert_text({}), .hash = 0};
    free_.push_back(which);
}

void alert_store::set_back(time_point now) {
    if (latest_expiry_)
        latest_expiry_ = std::min(*latest_expiry_, now);
    for (auto& each : entries_) {
        each.heard_at = std::min(each.heard_at, now);
        each.listed.updated_at = std::min(each.listed.updated_at, now);
        if (each.resolved_heard_at)
            each.resolved_heard_at = std::min(*each.resolved_heard_at, now);
        for (auto& a : each.activations) {
            a.heard_at = std::min(a.heard_at, now);
            a.first_heard = std::min(a.first_heard, now);
            if (a.resolved_at)
                a.resolved_at = std::min(*a.resolved_at, now);
        }
    }
}

void alert_store::shift(duration by) {
    auto const if_any = [by](std::optional<time_point>& time) {
        if (time)
            *time += by;
    };
    if_any(latest_expiry_);
    if_any(earliest_end_);
    ended_.clear();
    for (handle which = 0; which < entries_.size(); ++which) {
        entry& each = entries_[which];
        if (each.heard_at != never)
            each.heard_at += by;
        each.listed.updated_at += by;
        if_any(each.resolved_heard_at);
        for (auto& a : each.activations) {
            a.ends_at += by;
            a.offset += by;
            a.first_heard += by;
            if (a.heard_at != time_point{})
                a.heard_at += by;
            if_any(a.resolved_at);
        }
        if (each.ended_at != never)
            ended_.emplace(each.ended_at += by, which);
    }
}

std::size_t alert_store::count_firing(time_point now) const {
    return static_cast<std::size_t>(std::ranges::count_if(entries_, [now](auto const& e) {
        return fires(e, now);
    }));
}

void alert_store::for_each(std::function<void(handle)> const& visit) const {
    for (handle which = 0; which < entries_.size(); ++which)
        if (!entries_[which].activations.empty())
            visit(which);
}

// False where the alert is new and has no room.
alert_store::handle alert_store::find(label_set labels, std::size_t hash) const {
    if (index_.empty())
        return nobody;
    std::size_t const mask = index_.size() - 1;
    for (std::size_t place = hash & mask; index_[place] != nobody; place = (place + 1) & mask) {
        entry const& candidate = entries_[index_[place]];
        if (candidate.hash == hash && candidate.text.has_labels(labels))
            return index_[place];
    }
    return nobody;
}

bool alert_store::fires(label_set labels, time_point now) const {
    handle const which = find(labels, hash_of(labels));
    return which != nobody && fires(entries_[which], now);
}

bool alert_store::fires_by_webhook(label_set labels, time_point now) const {
    handle const which = find(labels, hash_of(labels));
    return which != nobody && std::ranges::any_of(entries_[which].activations, [now](activation const& a) {
               return a.source == alert_source::webhook && a.ends_at > now;
           });
}

bool alert_store::find_or_add(alert_notice const& notice, applied& result, time_point now) {
    if ((known_ + 1) * 2 > index_.size())
        grow_index();
    std::size_t const hash = hash_of(notice.labels);
    result.which = find(notice.labels, hash);
    if (result.which != nobody)
        return true;
    entry made{.text = alert_text(notice), .hash = hash};
    made.activations.reserve(1);
    std::size_t const cost = cost_of(made);
    if (!make_room(cost, result.forgotten, now)) {
        bool const over = notice.source == alert_source::webhook ? notice.resolved
                                                                 : notice.ends_at && *notice.ends_at <= now;
        result.what = over ? effect::dropped : effect::refused; // that it has ended, nobody misses
        refused_ += over ? 0 : 1;
        result.which = nobody;
        return false;
    }
    result.created = true;
    result.which = static_cast<handle>(entries_.size());
    if (free_.empty()) {
        entries_.push_back(std::move(made));
    } else {
        result.which = free_.back();
        free_.pop_back();
        entries_[result.which] = std::move(made);
    }
    bytes_ += cost;
    ++known_;
    insert_into_index(result.which);
    return true;
}

bool alert_store::make_room(std::size_t bytes, std::vector<handle>& forgotten, time_point now) {
    if (bytes > memory_)
        return false;
    while (bytes_ > memory_ - bytes) {
        if (ended_.empty())
            return false;
        auto const [ended_at, which] = *ended_.begin();
        if (fires(entries_[which], now)) { // since the clock was set back
            note_ended(which, now);
            continue;
        }
        forgotten.push_back(which);
        remove(which);
    }
    return true;
}

void alert_store::note_ended(handle which, time_point now) {
    entry& of = entries_[which];
    bool const ended = !fires(of, now);
    if (ended == (of.ended_at != never))
        return;
    if (ended) {
        of.ended_at = status_of(of, now).ended_at;
        ended_.emplace(of.ended_at, which);
    } else {
        ended_.erase({of.ended_at, which});
        of.ended_at = never;
    }
}

std::size_t alert_store::cost_of(entry const& what) {
    return sizeof(entry) + bookkeeping + what.text.size() + what.activations.capacity() * sizeof(activation) +
           what.charged;
}

void alert_store::charge(handle which, std::size_t bytes) {
    entry& of = entries_[which];
    bytes_ -= of.charged;
    of.charged = static_cast<std::uint32_t>(std::min<std::size_t>(bytes, UINT32_MAX));
    bytes_ += of.charged;
}

void alert_store::grow_index() {
    constexpr std::size_t first_size = 64;
    auto const old =
        std::exchange(index_, std::vector<handle>(std::max(first_size, index_.size() * 2), nobody));
    for (handle const which : old)
        if (which != nobody)
            insert_into_index(which);
}

void alert_store::insert_into_index(handle which) {
    std::size_t const mask = index_.size() - 1;
    std::size_t place = entries_[which].hash & mask;
    while (index_[place] != nobody)
        place = (place + 1) & mask;
    index_[place] = which;
}

// Deletion by backward shift: no tombstones, so probes stay short however many alerts come and go.
void alert_store::remove_from_index(handle which) {
    std::size_t const mask = index_.size() - 1;
    std::size_t hole = entries_[which].hash & mask;
    while (index_[hole] != which)
        hole = (hole + 1) & mask;
    for (std::size_t next = (hole + 1) & mask; index_[next] != nobody; next = (next + 1) & mask) {
        std::size_t const home = entries_[index_[next]].hash & mask;
        // The entry may fill the hole unless its home lies cyclically behind the hole.
        if (((next - home) & mask) >= ((next - hole) & mask)) {
            index_[hole] = index_[next];
            hole = next;
        }
    }
    index_[hole] = nobody;
}

} // namespace autoscaler::policy
