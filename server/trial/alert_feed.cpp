#include "server/trial/alert_feed.hpp"

#include <algorithm>
#include <utility>

namespace autoscaler::server::trial {

using policy::time_point;

alert_body::alert_body(std::vector<told_alert> alerts) : alerts_(std::move(alerts)) {
    labels_.reserve(alerts_.size());
    for (auto const& each : alerts_) {
        auto& labels = labels_.emplace_back();
        for (auto const& [name, value] : each.labels)
            labels.push_back({name, value});
        notices_.push_back(
            {.source = policy::alert_source::api,
             .labels = labels,
             .annotations = {},
             .generator_url = {},
             .starts_at = each.starts_at,
             .ends_at = each.ends_at,
             .resolved = false}
        );
    }
}

alert_change
alert_feed::become(std::vector<test_file::alert_fields> const& listed, time_point past, time_point now) {
    alert_change change;
    auto const before = std::exchange(listed_, {});
    for (auto const& alert : listed) {
        auto const old = before.find(alert.labels);
        known const made = known_as(alert, old == before.end() ? nullptr : &old->second, now);
        listed_[alert.labels] = made;
        if (made.resolved || !made.ends || *made.ends > now)
            change.listed.push_back(notice(alert.labels, made));
        else if (old == before.end() || old->second.since != made.since || !old->second.ended_by(past))
            change.early.push_back(run_out(alert.labels, listed_[alert.labels], past));
    }
    for (auto const& [labels, old] : before) {
        auto const now_listed = listed_.find(labels);
        bool const goes_on = now_listed != listed_.end() && now_listed->second.since == old.since;
        if (!goes_on && !old.resolved && !old.ended_by(now))
            change.ended.push_back({.labels = labels, .starts_at = old.since, .ends_at = now});
    }
    std::ranges::sort(change.early, {}, &alert_change::body::when);
    return change;
}

alert_feed::known
alert_feed::known_as(test_file::alert_fields const& alert, known const* old, time_point now) const {
    known made{
        .since = now,
        .ends = alert.ends_at ? std::optional(clock_ + *alert.ends_at) : std::nullopt,
        .resolved = alert.resolved
    };
    if (alert.starts_at)
        made.since = clock_ + *alert.starts_at;
    else if (old && !old->resolved)
        made.since = old->since;
    if (made.resolved)
        made.ends = std::min(made.ends.value_or(now), now);
    return made;
}

// It was heard of while it fired, and then nobody confirmed it.
alert_change::body alert_feed::run_out(test_file::text_map const& labels, known& what, time_point past) {
    constexpr policy::duration moment(1);
    what.ends = std::max(*what.ends, past + moment);
    return {.when = *what.ends - moment, .alerts = {notice(labels, what)}};
}

std::vector<told_alert> alert_feed::again(time_point now) const {
    std::vector<told_alert> all;
    for (auto const& [labels, alert] : listed_)
        if (alert.resolved || !alert.ended_by(now))
            all.push_back(notice(labels, alert));
    return all;
}

told_alert alert_feed::notice(test_file::text_map const& labels, known const& what) {
    // Without an end of its own it fires until another state is listed: virtual time goes nowhere near this.
    constexpr auto endless = std::chrono::years(10);
    return {.labels = labels, .starts_at = what.since, .ends_at = what.ends.value_or(what.since + endless)};
}

} // namespace autoscaler::server::trial
