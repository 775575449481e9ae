#include "policy/core/listed_times.hpp"

namespace autoscaler::policy {

namespace {

bool within(time_point when, listed_times const& range) {
    return when > range.starts_at && when < range.ends_at;
}

} // namespace

listed_times merged(listed_times const& known, listed_times const& news, time_point now) {
    listed_times result = news;
    if (!within(news.ends_at, known) && !within(news.starts_at, known))
        return result;
    if (known.starts_at < news.starts_at) {
        result.starts_at = known.starts_at;
        result.starts_zone = known.starts_zone;
    }
    bool const over = news.ends_at <= now;
    bool const rules = over ? known.ends_at <= now : !known.timeout;
    if (rules && known.ends_at > news.ends_at) {
        result.ends_at = known.ends_at;
        result.ends_zone = known.ends_zone;
    }
    return result;
}

} // namespace autoscaler::policy
