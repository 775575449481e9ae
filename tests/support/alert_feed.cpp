#include "support/alert_feed.hpp"

#include <algorithm>
#include <utility>

namespace autoscaler::policy::testing {

alert_change
alert_feed::become(std::vector<test_file::alert_fields> const& listed, time_point past, time_point now) {
    alert_change change;
    auto const before = std::exchange(firing_, {});
    std::map<test_file::text_map, bool> kept; // fires as before, from the same start
    for (auto const& alert : listed) {
        auto const old = before.find(alert.labels);
        bool const fired = old != before.end();
        time_point const since = alert.starts_at ? clock_ + *alert.starts_at
                                 : fired         ? old->second.since
                                                 : now;
        auto const ends = alert.ends_at ? std::optional(clock_ + *alert.ends_at) : std::nullopt;
        if (alert.resolved) {
            change.listed.push_back(notice(alert.labels, since, std::min(ends.value_or(now), now)));
        } else if (ends && *ends <= now) {
            // It was heard of while it fired, and then nobody confirmed it.
            time_point const end = std::max(*ends, past + 1ms);
            change.early.push_back({.when = end - 1ms, .notices = {notice(alert.labels, since, end)}});
        } else {
            firing_[alert.labels] = {.since = since, .ends = ends};
            change.listed.push_back(notice(alert.labels, since, ends));
        }
        kept[alert.labels] = fired && old->second.since == since;
    }
    for (auto const& [labels, old] : before)
        if (!kept.contains(labels) || !kept[labels])
            change.ended.push_back(notice(labels, old.since, now));
    std::ranges::sort(change.early, {}, &alert_change::body::when);
    return change;
}

std::vector<alert_spec> alert_feed::again() const {
    std::vector<alert_spec> all;
    all.reserve(firing_.size());
    for (auto const& [labels, alert] : firing_)
        all.push_back(notice(labels, alert.since, alert.ends));
    return all;
}

alert_spec alert_feed::notice(
    test_file::text_map const& labels, time_point since, std::optional<time_point> ends
) const {
    alert_spec spec;
    spec.labels = {labels.begin(), labels.end()};
    spec.starts_at = since;
    spec.ends_at = ends.value_or(clock_ + std::chrono::years(10)); // virtual time goes nowhere near that
    return spec;
}

} // namespace autoscaler::policy::testing
