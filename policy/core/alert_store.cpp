#include "policy/core/alert_store.hpp"

#include <algorithm>
#include <utility>

namespace autoscaler::policy {

namespace {

// Two Prometheus and a few restarts make a handful; more are merged away oldest first.
constexpr std::size_t max_activations = 16;

} // namespace

bool alert_store::fires(entry const& what, time_point now) {
    return std::ranges::any_of(what.activations, [now](auto const& a) { return a.ends_at > now; });
}

alert_store::applied alert_store::apply(alert_notice const& notice, time_point now) {
    applied result;
    if (!find_or_add(notice, result, now))
        return result;
    entry& target = entries_[result.which];
    std::size_t const cost = cost_of(target);
    bool const fired = fires(target, now);
    bool dropped = false;
    target.heard_at = now;
    take_in(target, notice, now, dropped);
    for (auto& each : target.activations)
        if (each.first_heard == time_point{})
            each.first_heard = now;
    if (notice.source == alert_source::listed && !dropped &&
        std::ranges::find(listed_, result.which) == listed_.end())
        listed_.push_back(result.which);
    if (notice.source != alert_source::listed && !listed_.empty())
        supersede_listed(notice.labels, now);
    if (!dropped) {
        if (!result.created && !target.text.same_details(notice))
            target.text = alert_text(notice);
        note_times(target, notice, now);
        note_end(target, now);
    }
    bytes_ += cost_of(target) - cost;
    note_ended(result.which, now);
    bool const firing = fires(target, now);
    if (dropped)
        result.what = effect::dropped;
    else
        result.what = firing == fired ? effect::confirmed : firing ? effect::opened : effect::ended;
    return result;
}

void alert_store::take_in(entry& to, alert_notice const& notice, time_point now, bool& dropped) {
    switch (notice.source) {
    case alert_source::api:
        return apply_api(to, notice, now, dropped);
    case alert_source::webhook:
        return apply_webhook(to, notice, now, dropped);
    case alert_source::listed:
        return apply_listed(to, now, dropped);
    }
}

alert_store::applied alert_store::preload(alert_notice const& kept, time_point heard_at, time_point now) {
    applied result;
    heard_at = std::min(heard_at, now);
    bool const webhook = kept.source == alert_source::webhook;
    time_point const starts_at = kept.starts_at.value_or(heard_at);
    time_point const ends_at =
        webhook ? heard_at + webhook_ttl_ : kept.ends_at.value_or(heard_at + resolve_timeout);
    if (!webhook && ends_at <= now) {
        result.what = effect::dropped;
        return result;
    }
    if (!find_or_add(kept, result, now))
        return result;
    entry& target = entries_[result.which];
    auto const known = std::ranges::find_if(target.activations, [&](activation const& a) {
        return a.source == kept.source && (webhook || a.starts_at == starts_at);
    });
    if (known != target.activations.end() && (!webhook || known->heard_at >= heard_at))
        return result;
    std::size_t const cost = cost_of(target);
    bool const fired = fires(target, now);
    activation const made{
        .starts_at = starts_at,
        .ends_at = ends_at,
        .resolved_at = {},
        .source = kept.source,
        .explicit_end = true,
        .heard_at = heard_at,
        .first_heard = heard_at
    };
    if (known != target.activations.end())
        *known = made;
    else
        target.activations.push_back(made);
    if (target.activations.size() > max_activations)
        target.activations.erase(std::ranges::min_element(target.activations, {}, &activation::ends_at));
    if (result.created)
        target.listed = {
            .starts_at = starts_at,
            .ends_at = ends_at,
            .updated_at = heard_at,
            .starts_zone = kept.starts_zone,
            .ends_zone = kept.ends_zone,
        };
    note_end(target, now);
    bytes_ += cost_of(target) - cost;
    note_ended(result.which, now);
    result.what = fires(target, now) && !fired ? effect::opened : effect::confirmed;
    return result;
}

// An end as its sender tells it, by our clock. Where ours was set his may have been, too, or not. He does not
// speak of a time farther ahead than before; of what is left, that it fires on is the safer reading.
time_point alert_store::end_of(activation& of, time_point told, time_point now) {
    constexpr duration slack = std::chrono::minutes(1);
    duration const lesser = std::min(duration{}, of.offset);
    duration const greater = std::max(duration{}, of.offset);
    // By a clock that is far ahead each notice is of something that is over, so nothing is known of its ends.
    duration const validity = of.validity > duration{} ? of.validity : resolve_timeout;
    // An end learned while our clock was far behind lies too far ahead to go by. As it is told it is a usual
    // one: the two clocks agree now.
    duration const ahead = told - now;
    if (validity > resolve_timeout && ahead > duration{} && ahead <= resolve_timeout)
        of.offset = {};
    else
        of.offset = told + greater - now <= validity + slack ? greater : lesser;
    return told + of.offset;
}

void alert_store::apply_api(entry& to, alert_notice const& notice, time_point now, bool& dropped) {
    auto& list = to.activations;
    auto const same = [&](activation const& a) {
        if (a.source != alert_source::api)
            return false;
        return notice.starts_at ? a.starts_at == *notice.starts_at : a.ends_at > now;
    };
    auto found = std::ranges::find_if(list, same);
    auto end = notice.ends_at;
    if (end && found != list.end())
        end = end_of(*found, *end, now);
    bool const resolved = end && *end <= now;
    if (resolved) {
        to.resolved_heard_at = now;
        if (found == list.end())
            found = list.insert(
                list.end(),
                {.starts_at = notice.starts_at.value_or(*end),
                 .ends_at = *end,
                 .resolved_at = now,
                 .source = alert_source::api,
                 .explicit_end = true}
            );
        for (; found != list.end(); found = std::find_if(found + 1, list.end(), same)) {
            found->ends_at = std::min(found->ends_at, *end);
            if (!found->resolved_at)
                found->resolved_at = now;
        }
    } else if (found != list.end()) {
        bool const late = found->resolved_at && (now - *found->resolved_at < late_duplicate_window ||
                                                 (notice.heard_at && *notice.heard_at < *found->resolved_at));
        dropped = notice.starts_at && late;
        // An end that was said outlasts the default end of a notice that says none, as in Alertmanager. Of
        // two that were said the last word counts: a sender whose clock was ahead may take it back.
        time_point const ends_at = end.value_or(now + resolve_timeout);
        bool const keep_end = !notice.ends_at && found->explicit_end && found->ends_at > ends_at;
        if (!dropped && !keep_end) {
            found->ends_at = ends_at;
            found->explicit_end = end.has_value();
            found->resolved_at.reset();
            found->validity = ends_at - now;
        }
    } else {
        time_point const ends_at = end.value_or(now + resolve_timeout);
        list.push_back(
            {.starts_at = notice.starts_at.value_or(now),
             .ends_at = ends_at,
             .resolved_at = {},
             .source = alert_source::api,
             .explicit_end = end.has_value(),
             .validity = ends_at - now}
        );
    }
    if (!resolved && !dropped && end)
        end_timeouts(to, *end, now);
    if (list.size() > max_activations)
        list.erase(std::ranges::min_element(list, {}, &activation::ends_at));
}

// Somebody says when it ends: that counts, and no timeout.
void alert_store::end_timeouts(entry& of, time_point ends_at, time_point now) {
    for (auto& a : of.activations)
        if (a.source == alert_source::api && !a.explicit_end && a.ends_at > now)
            a.ends_at = std::min(a.ends_at, ends_at);
}

void alert_store::apply_webhook(entry& to, alert_notice const& notice, time_point now, bool& dropped) const {
    auto& list = to.activations;
    auto found = std::ranges::find(list, alert_source::webhook, &activation::source);
    bool const known = found != list.end();
    time_point const heard_at = std::min(notice.heard_at.value_or(now), now);
    // It was passed on by somebody who could not reach us for a while, and others have spoken since.
    dropped = known && heard_at < found->heard_at;
    if (dropped)
        return;
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
        found->heard_at = heard_at;
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
    found->heard_at = heard_at;
    time_point const before = found->starts_at;
    found->starts_at = notice.starts_at.value_or(found->ends_at > now ? found->starts_at : now);
    if (found->starts_at != before)
        found->first_heard = now;
    found->ends_at = heard_at + webhook_ttl_;
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
        found->starts_at = found->first_heard = now;
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

} // namespace autoscaler::policy
