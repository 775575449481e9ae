// The engine's half that deals with alerts: who hears of them, and which have run out.
#include "policy/core/engine.hpp"

#include <algorithm>
#include <unordered_set>

namespace autoscaler::policy {

namespace {

// Expired and long-ended alerts are looked for this often.
constexpr duration sweep_interval = std::chrono::seconds(5);

} // namespace

void engine::handle(event::alerts_received const& what) {
    std::vector<alert_store::handle> news;
    for (auto const& notice : what.alerts) {
        auto const applied = what.second_hand ? store_.preload(notice, notice.heard_at.value_or(now_), now_)
                                              : store_.apply(notice, now_);
        admit(applied);
        if (!what.second_hand)
            hear_liveness(notice, applied);
        if (applied.created || applied.what == alert_store::effect::opened ||
            applied.what == alert_store::effect::ended)
            news.push_back(applied.which);
    }
    touch_services_of(news);
}

// Whoever had to make room goes from all lists before his handle means the new alert.
void engine::admit(alert_store::applied const& applied) {
    for (auto const which : applied.forgotten) {
        touch_owners(which); // the news of its end may be of this very body
        for (auto const slot : slots_of_[which])
            std::erase(roster_.slots()[slot].members, which);
        slots_of_[which].clear();
        silences_.forget(which);
    }
    if (!applied.created)
        return;
    enlist(applied.which);
    silences_.enlist(applied.which, scratch_, now_);
}

// Alerts have begun or ended: their services are looked at, those that are named for the first time too.
void engine::touch_services_of(std::vector<alert_store::handle> const& news) {
    bool added = false;
    for (auto const which : news)
        added = attach(which) || added;
    if (added)
        rebuild();
    for (auto const which : news)
        touch_owners(which);
}

void engine::touch_owners(alert_store::handle which) {
    if (which >= slots_of_.size())
        return; // it had to make room meanwhile
    for (auto const slot : slots_of_[which]) {
        track& owner = roster_.owner_of(roster_.tracks()[roster_.slots()[slot].track]);
        if (owner.under_way != track::flight::inspecting) // else the answer is decided with this news
            touch(owner);
    }
}

// The alert that always fires: only while it does is anybody alive. Its end is told by whoever misses it.
void engine::hear_liveness(alert_notice const& notice, alert_store::applied const& applied) {
    auto const& liveness = policies_->liveness;
    if (!liveness ||
        !std::ranges::all_of(liveness->matchers, [&](auto const& m) { return m.matches(notice.labels); }))
        return;
    auto const before = last_liveness_;
    bool const resolved =
        notice.source == alert_source::webhook ? notice.resolved : notice.ends_at && *notice.ends_at <= now_;
    if (resolved)
        last_liveness_.reset();
    else if (applied.what != alert_store::effect::dropped)
        last_liveness_ = now_; // silenced or without room, it was heard
    if (last_liveness_ == now_)
        note_life(before, liveness->within);
}

void engine::preload_alert(alert_notice const& kept, time_point heard_at) {
    if (kept.resolved)
        return;
    auto const applied = store_.preload(kept, heard_at, now_);
    admit(applied);
    if (applied.what != alert_store::effect::opened)
        return;
    if (attach(applied.which))
        rebuild();
    for (auto const slot : slots_of_[applied.which]) {
        track const& owner = roster_.owner_of(roster_.tracks()[roster_.slots()[slot].track]);
        if (owner.under_way == track::flight::none)
            wake(owner, now_);
    }
}

void engine::enlist(alert_store::handle which) {
    if (which >= slots_of_.size())
        slots_of_.resize(which + 1);
    slots_of_[which].clear();
    store_.text_of(which).labels(scratch_);
    roster_.match(scratch_, [&](std::uint32_t slot) {
        slots_of_[which].push_back(slot);
        roster_.slots()[slot].members.push_back(which);
    });
    store_.charge(which, slots_of_[which].size() * 2 * sizeof(std::uint32_t));
}

void engine::sweep() {
    if (now_ - last_sweep_ < sweep_interval && !store_.sweep_due(now_))
        return;
    last_sweep_ = now_;
    std::unordered_set<alert_store::handle> gone;
    std::unordered_set<std::uint32_t> concerned;
    store_.sweep(now_, [&](auto which) {
        gone.insert(which);
        concerned.insert(slots_of_[which].begin(), slots_of_[which].end());
        slots_of_[which].clear();
        silences_.forget(which);
    });
    for (auto const slot : concerned)
        std::erase_if(roster_.slots()[slot].members, [&](auto which) { return gone.contains(which); });
    latest_expiry_ = store_.latest_expiry();
    detach();
}

} // namespace autoscaler::policy
