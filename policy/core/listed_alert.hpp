// One alert that fires, as a list of alerts shows it. Views that live for the call they are handed to.
#pragma once

#include "policy/core/label.hpp"
#include "policy/core/time.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace autoscaler::policy {

struct listed_alert {
    label_set labels;
    std::span<label const> annotations; // sorted by name
    std::string_view generator_url;
    time_point starts_at; // the earliest of what fires
    time_point ends_at;   // when it runs out unless it is confirmed
    time_point updated_at;
    // The zones in which the sender wrote the two times, in minutes east of UTC.
    std::int16_t starts_zone = 0;
    std::int16_t ends_zone = 0;
    std::span<std::string const> silenced_by; // the ids of the active silences that cover it, sorted
};

} // namespace autoscaler::policy
