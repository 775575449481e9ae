// The store's half that says what it knows of an alert.
#include "policy/core/alert_store.hpp"

#include <algorithm>

namespace autoscaler::policy {

alert_store::status alert_store::status_of(entry const& what, time_point now) {
    status result;
    if (what.heard_at != never)
        result.heard_at = what.heard_at;
    else
        result.kept_at = what.listed.updated_at;
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
        time_point const since = std::min(a.starts_at + a.offset, a.first_heard);
        result.since = result.firing ? std::min(result.since, since) : since;
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

std::vector<alert_stretch> alert_store::stretches_of(handle which, time_point now) const {
    std::vector<alert_stretch> found;
    for (auto const& a : entries_[which].activations) {
        bool const webhook = a.source == alert_source::webhook;
        bool const ended = webhook && a.resolved_at && a.ends_at <= now;
        if (a.source == alert_source::listed || (a.ends_at <= now && !ended))
            continue;
        found.push_back(
            {.source = a.source,
             .starts_at = a.starts_at,
             .ends_at = a.ends_at,
             .heard_at = webhook ? a.heard_at : now,
             .resolved = ended}
        );
    }
    return found;
}

// Alertmanager's view of its own: one range for all that overlaps. The end of one stretch is not the end of
// the others, so that two Prometheus with the same rules do not flip an alert.
void alert_store::note_times(entry& of, alert_notice const& notice, time_point now) {
    auto const seen = status_of(of, now);
    listed_times news{.starts_at = {}, .ends_at = {}, .updated_at = now};
    if (notice.source == alert_source::api) {
        news.ends_at = notice.ends_at.value_or(now + resolve_timeout);
        news.ends_zone = notice.ends_zone;
        news.timeout = !notice.ends_at;
        news.starts_at = notice.starts_at.value_or(notice.ends_at.value_or(now));
        news.starts_zone = notice.starts_at ? notice.starts_zone : notice.ends_zone;
    } else {
        news.starts_at = notice.starts_at.value_or(seen.firing ? seen.since : now);
        news.starts_zone = notice.starts_zone;
        news.ends_at = seen.firing ? seen.ends : now;
    }
    bool const another_fires = news.ends_at <= now && seen.firing;
    if (another_fires)
        of.listed.updated_at = now;
    else
        of.listed = merged(of.listed, news, now);
}

listed_times alert_store::times_of(handle which, time_point now) const {
    auto times = entries_[which].listed;
    auto const seen = status_of(entries_[which], now);
    if (times.ends_at > now) {
        times.ends_at = std::min(times.ends_at, seen.ends);
        return times;
    }
    // It is another stretch that fires.
    times.starts_at = seen.since;
    times.ends_at = seen.ends;
    times.starts_zone = times.ends_zone = 0;
    return times;
}

} // namespace autoscaler::policy
