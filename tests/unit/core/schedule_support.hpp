// Times as text, for tests of schedules.
#pragma once

#include "policy/core/schedule.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace autoscaler::policy::testing {

cron_expression cron(std::string_view text);

// Why it is none; "" where it is one.
std::string fault_of_cron(std::string_view text);

time_zone zone(std::string_view name);

// `2026-03-29T01:30Z`, or with seconds.
time_point at(char const* text);

// Without seconds; `never` for none.
std::string text_of(std::optional<time_point> moment);

} // namespace autoscaler::policy::testing
