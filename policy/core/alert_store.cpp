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
    if (!find_or_add(kept, result, now))
        return result;
    entry& target = entries_[result.which];
    if (std::ranges::find(target.activations, alert_source::webhook, &activation::source) !=
        target.activations.end())
        return result;
    std::size_t const cost = cost_of(target);
    bool const fired = fires(target, now);
    time_point const starts_at = kept.starts_at.value_or(heard_at);
    target.activations.push_back(
        {.starts_at = starts_at,
         .ends_at = heard_at + webhook_ttl_,
         .resolved_at = {},
         .source = alert_source::webhook,
         .explicit_end = true}
    );
    if (result.created)
        target.listed = {
            .starts_at = starts_at,
            .ends_at = heard_at + webhook_ttl_,
            .updated_at = heard_at,
            .starts_zone = kept.starts_zone,
        };
    note_end(target, now);
    bytes_ += cost_of(target) - cost;
    note_ended(result.which, now);
    result.what = fires(target, now) && !fired ? effect::opened : effect::confirmed;
    return result;
}

bool alert_store::speaks_of(alert_notice const& notice, activation const& a, time_point now) {
    if (a.source != alert_source::api)
        return false;
    return notice.starts_at ? a.starts_at == *notice.starts_at : a.ends_at > now;
}

// The end of an alert that is over stays where it is, and lies before the one that was said while it fired.
// An end that moves on with the notices is that of an alert which fires by a clock behind ours, or ours was
// set forward: it runs out, and nobody has said that it is over. Where nothing is known of the alert, one
// notice alone does not tell which of both it is.
void alert_store::apply_end(entry& to, alert_notice const& notice, time_point now) {
    auto& list = to.activations;
    bool known = false;
    bool certain = false;
    for (auto& a : list) {
        if (!speaks_of(notice, a, now))
            continue;
        known = true;
        bool const open = !a.resolved_at || a.doubtful;
        a.doubtful = notice.starts_at && open && a.explicit_end && *notice.ends_at > a.told_end;
        a.told_end = *notice.ends_at;
        a.ends_at = std::min(a.ends_at, *notice.ends_at);
        if (!a.resolved_at && !a.doubtful)
            a.resolved_at = now;
        certain = certain || !a.doubtful;
    }
    if (!known)
        list.push_back(
            {.starts_at = notice.starts_at.value_or(*notice.ends_at),
             .ends_at = *notice.ends_at,
             .resolved_at = now,
             .source = alert_source::api,
             .explicit_end = true,
             .doubtful = notice.starts_at.has_value(),
             .told_end = *notice.ends_at}
        );
    if (known ? certain : !notice.starts_at)
        to.resolved_heard_at = now;
}

void alert_store::apply_api(entry& to, alert_notice const& notice, time_point now, bool& dropped) {
    bool const resolved = notice.ends_at && *notice.ends_at <= now;
    auto& list = to.activations;
    auto const found =
        std::ranges::find_if(list, [&](activation const& a) { return speaks_of(notice, a, now); });
    if (resolved) {
        apply_end(to, notice, now);
    } else if (found != list.end()) {
        dropped = notice.starts_at && found->resolved_at && now - *found->resolved_at < late_duplicate_window;
        // An end that was said outlasts the default end of a notice that says none, as in Alertmanager. Of
        // two that were said the last word counts: a sender whose clock was ahead may take it back.
        time_point const ends_at = notice.ends_at.value_or(now + resolve_timeout);
        bool const keep_end = !notice.ends_at && found->explicit_end && found->ends_at > ends_at;
        if (!dropped && !keep_end) {
            found->ends_at = ends_at;
            found->explicit_end = notice.ends_at.has_value();
            found->told_end = ends_at;
            found->resolved_at.reset();
            found->doubtful = false;
        }
    } else {
        list.push_back(
            {.starts_at = notice.starts_at.value_or(now),
             .ends_at = notice.ends_at.value_or(now + resolve_timeout),
             .resolved_at = {},
             .source = alert_source::api,
             .explicit_end = notice.ends_at.has_value(),
             .told_end = notice.ends_at.value_or(now + resolve_timeout)}
        );
    }
    if (!resolved && !dropped && notice.ends_at)
        end_timeouts(to, *notice.ends_at, now);
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
    auto const is_late = [now](std::optional<time_point> const& told) {
        return told && now - *told < late_duplicate_window;
    };
    dropped = is_late(to.resolved_heard_at) ||
              std::ranges::any_of(to.activations, is_late, &activation::resolved_at);
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

} // namespace autoscaler::policy
