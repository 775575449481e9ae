// Go's time.Parse, for the elements of layouts that Alertmanager uses, with its error texts. Private to
// go_time.cpp.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace autoscaler::server::alertmanager {

// What a text says, before it is a moment.
struct time_parts {
    int year = 0;
    int month = 0;
    int day = 0;
    int hour = 0;
    int minute = 0;
    int second = 0;
    std::int32_t nanosecond = 0;
    int offset = 0; // seconds east of UTC
};

// Whether the calendar has this day.
bool day_exists(time_parts const& what);

// Reads `text` by `layout`. Returns Go's error text, or "".
std::string parse_layout(std::string_view layout, std::string_view text, time_parts& found);

} // namespace autoscaler::server::alertmanager
