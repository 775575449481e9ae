// The times of one alert as a list of alerts shows them, by Alertmanager's own rules. Pure values.
#pragma once

#include "policy/core/time.hpp"

#include <cstdint>

namespace autoscaler::policy {

struct listed_times {
    time_point starts_at;
    time_point ends_at;
    time_point updated_at;
    std::int16_t starts_zone = 0; // in minutes east of UTC, as the sender wrote the time
    std::int16_t ends_zone = 0;
    bool timeout = false; // nobody has said the end

    friend bool operator==(listed_times const&, listed_times const&) = default;
};

// What is shown after a notice: where the two overlap, the earliest start and the later end, unless that was
// only a timeout; else what is new. As in Alertmanager's provider/mem and types.Alert.Merge.
listed_times merged(listed_times const& known, listed_times const& news, time_point now);

} // namespace autoscaler::policy
