#include "policy/core/alert_store.hpp"

#include <algorithm>
#include <functional>
#include <limits>
#include <utility>

namespace autoscaler::policy {

namespace {

constexpr alert_store::handle nobody = std::numeric_limits<alert_store::handle>::max();

// Two Prometheus and a few restarts make a handful; more are merged away oldest first.
constexpr std::size_t max_activations = 16;

} // namespace

std::size_t alert_store::hash_of(label_set labels) {
    std::size_t hash = labels.size();
    for (auto const& [name, value] : labels)
        for (auto const text : {name, value})
            hash = (hash ^ std::hash<std::string_view>{}(text)) * 0x9E3779B97F4A7C15U; // 2^64 / golden ratio
    return hash ^ (hash >> 32U);
}

bool alert_store::fires(entry const& what, time_point now) {
    return std::ranges::any_of(what.activations, [now](auto const& a) { return a.ends_at > now; });
}

alert_store::applied alert_store::apply(alert_notice const& notice, time_point now) {
    applied result;
    result.which = find_or_add(notice, result.created);
    entry& target = entries_[result.which];
    bool const fired = fires(target, now);
    bool dropped = false;
    target.heard_at = now;
    switch (notice.source) {
    case alert_source::api:
        apply_api(target, notice, now, dropped);
        break;
    case alert_source::webhook:
        apply_webhook(target, notice, now, dropped);
        break;
    case alert_source::listed:
        apply_listed(target, now, dropped);
        if (!dropped && std::ranges::find(listed_, result.which) == listed_.end())
            listed_.push_back(result.which);
        break;
    }
    if (notice.source != alert_source::listed && !listed_.empty())
        supersede_listed(notice.labels, now);
    if (dropped) {
        result.what = effect::dropped;
        return result;
    }
    if (!result.created && !target.text.same_details(notice))
        target.text = alert_text(notice);
    note_end(target, now);
    bool const firing = fires(target, now);
    result.what = firing == fired ? effect::confirmed : firing ? effect::opened : effect::ended;
    return result;
}

void alert_store::apply_api(entry& to, alert_notice const& notice, time_point now, bool& dropped) {
    bool const resolved = notice.ends_at && *notice.ends_at <= now;
    auto& list = to.activations;
    auto const same = [&](activation const& a) {
        if (a.source != alert_source::api)
            return false;
        return notice.starts_at ? a.starts_at == *notice.starts_at : a.ends_at > now;
    };
    auto found = std::ranges::find_if(list, same);
    if (resolved) {
        to.resolved_heard_at = now;
        if (found == list.end())
            found = list.insert(
                list.end(),
                {.starts_at = notice.starts_at.value_or(*notice.ends_at),
                 .ends_at = *notice.ends_at,
                 .resolved_at = now,
                 .source = alert_source::api,
                 .explicit_end = true}
            );
        for (; found != list.end(); found = std::find_if(found + 1, list.end(), same)) {
            found->ends_at = std::min(found->ends_at, *notice.ends_at);
            if (!found->resolved_at)
                found->resolved_at = now;
        }
    } else if (found != list.end()) {
        dropped = notice.starts_at && found->resolved_at && now - *found->resolved_at < late_duplicate_window;
        // An end that was said outlasts the default end of a notice that says none, as in Alertmanager.
        bool const keep_end = !notice.ends_at && found->explicit_end && found->ends_at > now;
        if (!dropped && !keep_end) {
            found->ends_at = notice.ends_at.value_or(now + resolve_timeout);
            found->explicit_end = notice.ends_at.has_value();
            found->resolved_at.reset();
        }
    } else {
        list.push_back(
            {.starts_at = notice.starts_at.value_or(now),
             .ends_at = notice.ends_at.value_or(now + resolve_timeout),
             .resolved_at = {},
             .source = alert_source::api,
             .explicit_end = notice.ends_at.has_value()}
        );
    }
    if (list.size() > max_activations)
        list.erase(std::ranges::min_element(list, {}, &activation::ends_at));
}

void alert_store::apply_webhook(entry& to, alert_notice const& notice, time_point now, bool& dropped) const {
    auto& list = to.activations;
    auto found = std::ranges::find(list, alert_source::webhook, &activation::source);
    bool const known = found != list.end();
    if (!known)
        found = list.insert(
            list.end(),
            {.starts_at = notice.starts_at.value_or(now),
             .ends_at = now,
             .resolved_at = {},
             .source = alert_source::webhook,
             .explicit_end = true}
        );
    if (notice.resolved) {
        to.resolved_heard_at = now;
        found->ends_at = std::min(found->ends_at, now);
        if (!found->resolved_at)
            found->resolved_at = now;
        return;
    }
    dropped = known && notice.starts_at && *notice.starts_at == found->starts_at && found->resolved_at &&
              now - *found->resolved_at < late_duplicate_window;
    if (dropped)
        return;
    found->starts_at = notice.starts_at.value_or(found->ends_at > now ? found->starts_at : now);
    found->ends_at = now + webhook_ttl_;
    found->resolved_at.reset();
}

void alert_store::apply_listed(entry& to, time_point now, bool& dropped) {
    // The list was read before the notice came that the alert is over.
    dropped = to.resolved_heard_at && now - *to.resolved_heard_at < late_duplicate_window;
    if (dropped)
        return;
    // Pushed already: the list has nothing to add, and must not outlast what was pushed.
    if (std::ranges::any_of(to.activations, [now](activation const& a) {
            return a.source != alert_source::listed && a.ends_at > now;
        }))
        return;
    auto& list = to.activations;
    auto found = std::ranges::find(list, alert_source::listed, &activation::source);
    if (found == list.end())
        found = list.insert(
            list.end(), {.starts_at = now, .ends_at = now, .resolved_at = {}, .source = alert_source::listed}
        );
    // The list's activeAt is when the rule's own `for` began, not when the alert fired: it is as old as we
    // know.
    if (found->ends_at <= now)
        found->starts_at = now;
    found->ends_at = now + listed_ttl;
    found->superseded = false;
}

// The alert itself has come, with the external labels that the list does not show: it speaks from here on.
void alert_store::supersede_listed(label_set pushed, time_point now) {
    std::vector<label> labels;
    std::erase_if(listed_, [&](handle which) {
        entry& of = entries_[which];
        auto const found = std::ranges::find(of.activations, alert_source::listed, &activation::source);
        if (found == of.activations.end())
            return true;
        of.text.labels(labels);
        if (!std::ranges::all_of(labels, [&](label const& each) {
                return value_of(pushed, each.name) == each.value;
            }))
            return false;
        found->ends_at = std::min(found->ends_at, now);
        found->superseded = true;
        return true;
    });
}

void alert_store::end_unlisted(time_point now) {
    for (auto const which : listed_)
        for (auto& a : entries_[which].activations)
            if (a.source == alert_source::listed && a.ends_at != now + listed_ttl)
                a.ends_at = std::min(a.ends_at, now);
}

void alert_store::note_end(entry const& of, time_point now) {
    for (auto const& a : of.activations)
        if (a.ends_at > now && (!earliest_end_ || a.ends_at < *earliest_end_))
            earliest_end_ = a.ends_at;
}

alert_store::status alert_store::status_of(entry const& what, time_point now) {
    status result;
    result.heard_at = what.heard_at;
    std::optional<time_point> resolved;
    std::optional<time_point> expired;
    for (auto const& a : what.activations) {
        if (a.ends_at <= now) {
            if (a.superseded)
                continue;
            if (a.resolved_at)
                resolved = std::max(resolved, a.resolved_at);
            else
                expired = std::max(expired, std::optional(a.ends_at));
            continue;
        }
        bool const webhook = a.source == alert_source::webhook;
        result.since = result.firing ? std::min(result.since, a.starts_at) : a.starts_at;
        result.ends = result.firing ? std::max(result.ends, a.ends_at) : a.ends_at;
        result.by_webhook = result.firing ? result.by_webhook && webhook : webhook;
        result.firing = true;
    }
    if (result.firing)
        return result;
    auto const& heard = what.resolved_heard_at;
    if (expired && (!heard || *heard < *expired)) {
        result.ended = end::expired;
        result.ended_at = *expired;
    } else if (heard) {
        result.ended = end::resolved;
        result.ended_at = expired || !resolved ? *heard : *resolved;
    }
    return result;
}

alert_store::status alert_store::status_of(handle which, time_point now) const {
    return status_of(entries_[which], now);
}

void alert_store::sweep(time_point now, std::function<void(handle)> const& on_removed) {
    earliest_end_.reset();
    for_each([&](handle which) {
        auto& list = entries_[which].activations;
        if (auto const seen = status_of(entries_[which], now); seen.ended == end::expired)
            latest_expiry_ = std::max(latest_expiry_, std::optional(seen.ended_at));
        note_end(entries_[which], now);
        std::erase_if(list, [now](auto const& a) {
            return now - std::max(a.ends_at, a.resolved_at.value_or(a.ends_at)) >= ended_retention;
        });
        if (!list.empty())
            return;
        on_removed(which);
        remove_from_index(which);
        std::erase(listed_, which);
        --known_;
        entries_[which] = entry{
            .text = alert_text({}), .hash = 0, .activations = {}, .heard_at = {}, .resolved_heard_at = {}
        };
        free_.push_back(which);
    });
}

void alert_store::set_back(time_point now) {
    if (latest_expiry_)
        latest_expiry_ = std::min(*latest_expiry_, now);
    for (auto& each : entries_) {
        each.heard_at = std::min(each.heard_at, now);
        if (each.resolved_heard_at)
            each.resolved_heard_at = std::min(*each.resolved_heard_at, now);
        for (auto& a : each.activations)
            if (a.resolved_at)
                a.resolved_at = std::min(*a.resolved_at, now);
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

alert_store::handle alert_store::find_or_add(alert_notice const& notice, bool& created) {
    if ((known_ + 1) * 2 > index_.size())
        grow_index();
    std::size_t const hash = hash_of(notice.labels);
    std::size_t const mask = index_.size() - 1;
    for (std::size_t place = hash & mask; index_[place] != nobody; place = (place + 1) & mask) {
        entry const& candidate = entries_[index_[place]];
        if (candidate.hash == hash && candidate.text.has_labels(notice.labels))
            return index_[place];
    }
    created = true;
    entry made{
        .text = alert_text(notice), .hash = hash, .activations = {}, .heard_at = {}, .resolved_heard_at = {}
    };
    handle which = static_cast<handle>(entries_.size());
    if (free_.empty()) {
        entries_.push_back(std::move(made));
    } else {
        which = free_.back();
        free_.pop_back();
        entries_[which] = std::move(made);
    }
    ++known_;
    insert_into_index(which);
    return which;
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
