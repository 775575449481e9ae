// How the state label is taken into memory: what it tells, whether it is known already, and from when on it
// counts by our own clock (history.hpp).
#include "policy/core/history.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace autoscaler::policy {

namespace {

// One label that is taken in.
class label_joining {
public:
    label_joining(history& memory, service_state const& label, time_point now, label_reading const& how)
        : memory_(memory), label_(label), now_(now), how_(how) {}

    void run() {
        memory_.sequence = std::max(memory_.sequence, label_.sequence);
        memory_.writer = label_.writer;
        take_changes();
        take_clock(label_.last_up, memory_.last_up, memory_.up_stamp, true);
        take_clock(label_.last_down, memory_.last_down, memory_.down_stamp, false);
        take_episodes();
        take_acts();
        memory_.last_set = label_.last_set;
        memory_.written_under = label_.policy_hash;
        renew_busy(memory_);
    }

    // The label told of a change that was not known.
    bool brought_change() const { return brought_change_; }

private:
    // Our time for a stamp of another's clock.
    time_point ours(time_point stamp) const {
        return std::min(stamp, now_ - how_.clock_tolerance) + how_.clock_tolerance;
    }

    void take_changes();
    void drop_retold(std::vector<replica_change>& news, std::vector<bool> const& matched);
    void add_news(std::vector<replica_change> const& news);
    void take_clock(
        std::optional<time_point> const& told,
        std::optional<time_point>& known,
        std::optional<time_point>& known_stamp,
        bool up
    ) const;
    episode taken(episode listed, rule_memory& remembered) const;
    void take_episodes();
    void take_acts();

    history& memory_;
    service_state const& label_;
    time_point now_;
    label_reading const& how_;
    bool brought_change_ = false;
    std::optional<replica_change> latest_; // what was done since our last look, where that is certain
};

// What the label tells and we do not know yet. A change is known by its stamp and its size, each time that it
// is listed; the first may stand for several, the last of which has its stamp.
void label_joining::take_changes() {
    std::vector<bool> matched(memory_.changes.size());
    auto const match = [&](replica_change const& told, bool any_size) {
        for (std::size_t k = 0; k < matched.size(); ++k) {
            auto& mine = memory_.changes[k];
            if (matched[k] || mine.stamp.value_or(mine.at) != told.at ||
                (!any_size && mine.delta != told.delta))
                continue;
            mine.stamp = told.at;
            return static_cast<bool>(matched[k] = true);
        }
        return false;
    };
    std::vector<replica_change> news;
    for (std::size_t i = 0; i < label_.changes.size(); ++i) {
        auto const& told = label_.changes[i];
        if (!match(told, false) && !(i == 0 && match(told, true)))
            news.push_back({.at = ours(told.at), .delta = told.delta, .stamp = told.at});
    }
    bool const moved = memory_.last_set && *memory_.last_set != label_.last_set;
    // The last one came after all others that are told beside it, whatever clocks say; and, where the count
    // has moved since our last look, after all else that is known: who undoes it must see it last.
    auto const put_last = [&](std::vector<replica_change> const& others) {
        for (auto const& each : others)
            news.back().at = std::max(news.back().at, std::min(each.at, now_));
    };
    if (!news.empty())
        put_last(news);
    if (moved && !news.empty()) {
        if (how_.last_look && news.back().at < *how_.last_look)
            news.back().at = now_;
        put_last(memory_.changes);
        latest_ = news.back();
    }
    brought_change_ = !news.empty();
    if (memory_.last_set)
        drop_retold(news, matched);
    add_news(news);
}

// What we have seen others do and no label has told of, its writer may have seen, too, and told in his own
// words. Then his words stand: ours are dropped, the youngest first, until the sum is right. Whoever goes on
// from a label that we know, too, has told of all of them. What then is still too much, or missing, is in
// what he has merged: the sum of what is remembered is always that of the changes of the service.
void label_joining::drop_retold(std::vector<replica_change>& news, std::vector<bool> const& matched) {
    auto& changes = memory_.changes;
    auto const untold = [&](std::size_t k) { return !changes[k].stamp && !matched[k]; };
    std::int64_t surplus = *memory_.last_set - label_.last_set;
    for (auto const& each : news)
        surplus += each.delta;
    std::int64_t left = surplus;
    std::size_t keep = changes.size();
    for (std::size_t k = keep; k > 0 && left != 0; --k)
        if (untold(k - 1)) {
            left -= changes[k - 1].delta;
            keep = k - 1;
        }
    bool const goes_on =
        std::ranges::find(matched, true) != matched.end() ||
        std::ranges::none_of(changes, [](replica_change const& each) { return each.stamp.has_value(); });
    if (left != 0 && !goes_on) {
        left = surplus;
        keep = changes.size();
    }
    for (std::size_t k = changes.size(); k > keep; --k)
        if (untold(k - 1))
            changes.erase(changes.begin() + static_cast<std::ptrdiff_t>(k - 1));
    if (left == 0)
        return;
    if (news.empty() && !label_.changes.empty()) {
        time_point const stamp = label_.changes.front().at;
        news.push_back({.at = ours(stamp), .delta = 0, .stamp = stamp});
    }
    if (!news.empty())
        news.front().delta -= left;
}

void label_joining::add_news(std::vector<replica_change> const& news) {
    for (auto const& each : news)
        memory_.changes.insert(
            std::ranges::upper_bound(memory_.changes, each.at, {}, &replica_change::at), each
        );
    while (memory_.changes.size() > max_remembered_changes)
        merge_oldest(memory_.changes);
}

void label_joining::take_clock(
    std::optional<time_point> const& told,
    std::optional<time_point>& known,
    std::optional<time_point>& known_stamp,
    bool up
) const {
    if (!told || (known && known_stamp.value_or(*known) == *told))
        return;
    bool const just_done = latest_ && latest_->stamp == *told && (latest_->delta > 0) == up;
    time_point const counts = just_done ? latest_->at : ours(*told);
    if (known && *known >= counts)
        return;
    known = counts;
    known_stamp = *told;
}

// The act that we know of an episode keeps our time.
episode label_joining::taken(episode listed, rule_memory& remembered) const {
    listed.since = std::min(listed.since, now_);
    if (!listed.acted)
        return listed;
    auto const* known = remembered.open       ? &*remembered.open
                        : remembered.resolved ? &remembered.resolved->of
                                              : nullptr;
    time_point const stamp = *listed.acted;
    listed.acted = known && known->acted && remembered.acted_stamp.value_or(*known->acted) == stamp
                       ? known->acted
                       : std::optional(ours(stamp));
    remembered.acted_stamp = stamp;
    return listed;
}

// The label's word on episodes that acted stands; what it no longer lists has been dealt with by its writer.
void label_joining::take_episodes() {
    for (auto& [key, remembered] : memory_.rules) {
        if (label_.episodes.contains(key))
            continue;
        remembered.settled = remembered.open && remembered.open->acted;
        remembered.resolved.reset();
    }
    for (auto const& [key, listed] : label_.episodes) {
        auto& remembered = memory_.rules[key];
        if (remembered.open) {
            if (listed.acted) {
                *remembered.open = taken(listed, remembered);
                remembered.settled = false;
            }
        } else if (!remembered.resolved) {
            remembered.open = taken(listed, remembered);
            remembered.unheard_since = now_;
        }
    }
}

// Another autoscaler has acted: it has dealt with the nodes that we heard of, too.
void label_joining::take_acts() {
    for (auto const& [key, at] : label_.acts) {
        auto& remembered = memory_.rules[key];
        bool const known = remembered.last_act && remembered.act_stamp.value_or(*remembered.last_act) == at;
        time_point const acted = ours(at);
        if (known || remembered.last_act >= std::optional(acted))
            continue;
        remembered.last_act = acted;
        remembered.act_stamp = at;
        remembered.joined.reset();
    }
}

// Another file than ours has raised what ours has cut.
void note_undone(history& memory, service_state const& label, time_point now, label_reading const& how) {
    bool const undone = memory.written_under == how.policy_hash && label.policy_hash != how.policy_hash &&
                        !memory.changes.empty() && memory.changes.back().delta < 0 && memory.last_set &&
                        label.last_set > *memory.last_set;
    if (!undone)
        return;
    bool const again = memory.undone_at && now - *memory.undone_at < undone_memory;
    memory.undone_cuts = again ? memory.undone_cuts + 1 : 1;
    memory.undone_at = now;
}

} // namespace

history first_history(service_view const& view, time_point now, duration clock_tolerance) {
    history memory = fresh_history(view, now);
    label_reading const how{.clock_tolerance = clock_tolerance, .last_look = {}};
    memory.last_set.reset(); // nothing is known that the label could be held against
    if (view.last_state())
        label_joining(memory, *view.last_state(), now, how).run();
    else
        memory.last_set = view.replicas;
    return memory;
}

bool join(history& memory, service_view const& view, time_point now, label_reading const& how) {
    auto const& label = view.last_state();
    bool const news = label && is_news(*label, memory);
    memory.seen_version = view.version;
    if (!news)
        return false;
    // A write of ours that was given up for lost.
    bool const our_own = !how.instance.empty() && label->writer.starts_with(how.instance + ".");
    bool const stepped = label->last_set != memory.last_set;
    note_undone(memory, *label, now, how);
    auto read = how;
    if (our_own)
        read.clock_tolerance = {};
    label_joining joining(memory, *label, now, read);
    joining.run();
    // An act leaves what was done to the count as it was. A count that is as we know it may have been taken
    // away and put back.
    if (stepped || joining.brought_change())
        memory.changed_by_other = !our_own;
    return true;
}

} // namespace autoscaler::policy
