#include "policy/core/pace.hpp"

#include <algorithm>

namespace autoscaler::policy {

namespace {

// An age is never negative: a time ahead of now comes from a clock that was wrong.
bool younger(time_point at, duration window, time_point now) {
    return std::max(duration{}, now - at) < window;
}

std::int64_t size_at_start(
    std::int64_t replicas, std::vector<replica_change> const& changes, duration period, time_point now
) {
    for (auto const& change : changes)
        if (younger(change.at, period, now))
            replicas -= change.delta;
    return replicas;
}

// The count that one entry allows. 100 and 10 % make 110, in integers; a percentage allows at least one.
std::int64_t allowed(rate_limit const& entry, std::int64_t start, bool up) {
    if (!entry.percent)
        return up ? start + entry.amount : start - entry.amount;
    std::int64_t const base = std::max<std::int64_t>(0, start);
    if (up)
        return std::max(start + 1, (base * (100 + entry.amount) + 99) / 100);
    return std::min(start - 1, base * std::max<std::int64_t>(0, 100 - entry.amount) / 100);
}

// What one policy allows; none where it says nothing.
std::optional<std::int64_t> allowed(
    direction_limits const& limits,
    std::int64_t replicas,
    std::vector<replica_change> const& changes,
    bool up,
    time_point now
) {
    std::optional<std::int64_t> chosen;
    bool const farthest = limits.which == direction_limits::select::max;
    for (auto const& entry : limits.entries) {
        auto const limit = allowed(entry, size_at_start(replicas, changes, entry.period, now), up);
        chosen = !chosen ? limit : (farthest == up) ? std::max(*chosen, limit) : std::min(*chosen, limit);
    }
    return chosen;
}

} // namespace

paced_count stabilize(
    std::int64_t wanted,
    std::int64_t replicas,
    std::vector<wish_record> const& wishes,
    stabilization const& windows,
    time_point now
) {
    std::int64_t lowest = wanted;
    std::int64_t highest = wanted;
    for (auto const& wish : wishes) {
        if (younger(wish.at, windows.up, now))
            lowest = std::min(lowest, wish.replicas);
        if (younger(wish.at, windows.down, now))
            highest = std::max(highest, wish.replicas);
    }
    std::int64_t const held = std::min(std::max(replicas, lowest), highest);
    if (held == wanted)
        return {.replicas = wanted, .why = {}};
    bool const up = held < wanted;
    duration const window = up ? windows.up : windows.down;
    paced_count result{.replicas = held, .why = up ? reason::stabilized_up : reason::stabilized_down};
    for (auto const& wish : wishes)
        if (younger(wish.at, window, now))
            keep_earliest(result.until, wish.at + window);
    return result;
}

paced_count limit_rate(
    std::int64_t wanted,
    std::int64_t replicas,
    std::span<service_policy const* const> policies,
    std::vector<replica_change> const& changes,
    time_point now
) {
    bool const up = wanted > replicas;
    if (wanted == replicas)
        return {.replicas = wanted, .why = {}};
    std::int64_t result = wanted;
    for (auto const* policy : policies) {
        auto const& limits = up ? policy->limit_up : policy->limit_down;
        if (limits.disabled)
            return {.replicas = replicas, .why = reason::direction_disabled};
        auto const limit = allowed(limits, replicas, changes, up, now);
        if (limit)
            result = up ? std::min(result, std::max(replicas, *limit))
                        : std::max(result, std::min(replicas, *limit));
    }
    if (result == wanted)
        return {.replicas = wanted, .why = {}};
    paced_count limited{.replicas = result, .why = up ? reason::rate_limited_up : reason::rate_limited_down};
    for (auto const* policy : policies)
        for (auto const& entry : (up ? policy->limit_up : policy->limit_down).entries)
            for (auto const& change : changes)
                if (younger(change.at, entry.period, now))
                    keep_earliest(limited.until, change.at + entry.period);
    return limited;
}

} // namespace autoscaler::policy
