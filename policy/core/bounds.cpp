#include "policy/core/bounds.hpp"

#include <algorithm>

namespace autoscaler::policy {

replica_bounds common_bounds(std::span<service_policy const* const> policies, time_point now) {
    replica_bounds bounds{.min = 0, .max = max_count};
    for (auto const* policy : policies) {
        auto const window =
            std::ranges::find_if(policy->schedules, [now](auto const& each) { return active(each, now); });
        bool const scheduled = window != policy->schedules.end();
        bounds.min = std::max(bounds.min, scheduled ? window->min.value_or(policy->min) : policy->min);
        bounds.max = std::min(bounds.max, scheduled ? window->max.value_or(policy->max) : policy->max);
    }
    return bounds;
}

// Windows begin and end at full minutes, as cron expressions fire, but for those whose length is no number of
// minutes.
std::optional<time_point> next_bounds(std::span<service_policy const* const> policies, time_point now) {
    constexpr duration minute = std::chrono::minutes(1);
    std::optional<time_point> next;
    for (auto const* policy : policies)
        for (auto const& window : policy->schedules) {
            keep_earliest(next, std::chrono::floor<std::chrono::minutes>(now) + minute);
            auto const* const length = std::get_if<duration>(&window.end);
            if (!length || *length % minute == duration{})
                continue;
            if (auto const start = window.start.last(now, window.zone); start && now - *start < *length)
                keep_earliest(next, *start + *length);
        }
    return next;
}

bool never_zero(std::span<service_policy const* const> policies) {
    return std::ranges::any_of(policies, [](service_policy const* policy) {
        return policy->min > 0 && std::ranges::none_of(policy->schedules, [](schedule_window const& window) {
                   return window.min == 0;
               });
    });
}

} // namespace autoscaler::policy
