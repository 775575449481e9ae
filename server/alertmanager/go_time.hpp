// Times of alerts, read as Alertmanager 0.25 reads them, and refused in its words.
#pragma once

#include "policy/core/time.hpp"

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace autoscaler::server::alertmanager {

// A moment with the precision of the text; policy::time_point has milliseconds.
struct instant {
    std::int64_t seconds = 0; // since 1970, UTC
    std::int32_t nanoseconds = 0;
    std::int16_t zone = 0; // in which it was written, in minutes east of UTC; the moment is the same

    friend bool operator==(instant const& a, instant const& b) {
        return a.seconds == b.seconds && a.nanoseconds == b.nanoseconds;
    }

    friend std::strong_ordering operator<=>(instant const& a, instant const& b) {
        return a.seconds != b.seconds ? a.seconds <=> b.seconds : a.nanoseconds <=> b.nanoseconds;
    }

    // 0001-01-01T00:00:00Z, which Go programs send for "not said".
    bool is_zero() const;

    policy::time_point rounded_down() const;
};

// Reads the common form `2026-01-02T03:04:05[.123456789](Z|+01:00)`, and nothing else. False where the text
// is another.
bool read_rfc3339(std::string_view text, instant& when);

// A value, or Go's error text.
struct time_reading {
    instant when;
    std::string error; // "" = fine
};

// API v2: RFC 3339, without a zone too (UTC), and some more; "" is 1970.
time_reading read_v2_time(std::string_view text);

// API v1: RFC 3339. `token` is the JSON text of the value, quotes and all.
time_reading read_v1_time(std::string_view token);

} // namespace autoscaler::server::alertmanager
