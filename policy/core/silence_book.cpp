#include "policy/core/silence_book.hpp"

#include <algorithm>
#include <utility>

namespace autoscaler::policy {

void silence_index::add(std::uint32_t slot, silence const& what) {
    std::vector<std::uint32_t>* shortest = nullptr;
    for (auto const& m : what.matchers)
        if (m.operation() == matcher::op::equal && !m.value().empty())
            if (auto& list = by_label_[m.name()][m.value()]; !shortest || list.size() < shortest->size())
                shortest = &list;
    (shortest ? *shortest : others_).push_back(slot);
}

void silence_index::candidates(label_set labels, std::function<void(std::uint32_t)> const& visit) const {
    for (auto const& [name, value] : labels)
        if (auto const values = by_label_.find(name); values != by_label_.end())
            if (auto const found = values->second.find(value); found != values->second.end())
                std::ranges::for_each(found->second, visit);
    std::ranges::for_each(others_, visit);
}

// What is known of a silence goes on while its matchers stay: only others are matched with every alert.
std::vector<silence_book::handle> silence_book::replace(
    std::shared_ptr<std::vector<silence> const> silences, all_alerts const& alerts, time_point now
) {
    if (!silences)
        silences = std::make_shared<std::vector<silence> const>();
    auto const before = std::exchange(silences_, std::move(silences)); // outlives the views into it
    auto const old = std::exchange(slots_, {});
    index_ = {};
    std::map<std::string_view, std::size_t> known;
    for (std::size_t slot = 0; slot < old.size(); ++slot)
        known.emplace(old[slot]->id, slot);

    std::vector<std::optional<std::uint32_t>> moved(old.size());
    silence_index fresh;
    bool any_fresh = false;
    for (auto const& each : *silences_) {
        if (state_of(each, now) == silence_state::expired)
            continue;
        auto const slot = static_cast<std::uint32_t>(slots_.size());
        slots_.push_back(&each);
        index_.add(slot, each);
        auto const same = known.find(each.id);
        if (same != known.end() && old[same->second]->matchers == each.matchers) {
            moved[same->second] = slot;
            known.erase(same);
        } else {
            fresh.add(slot, each);
            any_fresh = true;
        }
    }
    for (auto& [which, known_cover] : covers_) {
        std::vector<std::uint32_t> kept;
        for (auto const slot : known_cover.slots)
            if (moved[slot])
                kept.push_back(*moved[slot]);
        known_cover.slots = std::move(kept);
    }
    if (any_fresh)
        alerts([&](handle which, label_set labels) { match(fresh, which, labels); });
    return settle(now);
}

std::vector<silence_book::handle> silence_book::set_back(all_alerts const& alerts, time_point now) {
    return replace(silences_, alerts, now);
}

std::vector<silence_book::handle> silence_book::advance(time_point now) {
    if (!next_change_ || now < *next_change_)
        return {};
    return settle(now);
}

void silence_book::enlist(handle which, label_set labels, time_point now) {
    forget(which);
    match(index_, which, labels);
    if (auto const found = covers_.find(which); found != covers_.end())
        found->second.active = is_active(found->second, now);
}

bool silence_book::is_silenced(handle which) const {
    auto const found = covers_.find(which);
    return found != covers_.end() && found->second.active;
}

void silence_book::ids_of(handle which, time_point now, std::vector<std::string>& out) const {
    out.clear();
    auto const found = covers_.find(which);
    if (found == covers_.end())
        return;
    for (auto const slot : found->second.slots)
        if (state_of(*slots_[slot], now) == silence_state::active)
            out.push_back(slots_[slot]->id);
    std::ranges::sort(out);
}

std::size_t silence_book::count(time_point now, std::function<bool(handle)> const& counts) const {
    return static_cast<std::size_t>(std::ranges::count_if(covers_, [&](auto const& each) {
        return is_active(each.second, now) && counts(each.first);
    }));
}

bool silence_book::is_active(cover const& what, time_point now) const {
    return std::ranges::any_of(what.slots, [&](auto const slot) {
        return state_of(*slots_[slot], now) == silence_state::active;
    });
}

std::vector<silence_book::handle> silence_book::settle(time_point now) {
    next_change_.reset();
    for (auto const* each : slots_) {
        auto const state = state_of(*each, now);
        if (state != silence_state::expired)
            keep_earliest(next_change_, state == silence_state::pending ? each->starts_at : each->ends_at);
    }
    std::vector<handle> changed;
    for (auto& [which, known] : covers_) {
        bool const active = is_active(known, now);
        if (std::exchange(known.active, active) != active)
            changed.push_back(which);
    }
    std::erase_if(covers_, [](auto const& each) { return each.second.slots.empty(); });
    return changed;
}

void silence_book::match(silence_index const& with, handle which, label_set labels) {
    with.candidates(labels, [&](std::uint32_t slot) {
        if (policy::covers(*slots_[slot], labels))
            covers_[which].slots.push_back(slot);
    });
}

} // namespace autoscaler::policy
