// Times as text: RFC 3339 in, RFC 3339 with milliseconds and Z out. Pure.
#pragma once

#include "policy/core/time.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace autoscaler::server {

// `2026-11-20T07:05:43.604Z`, with 0 to 9 digits of a second and Z or an offset; none for anything else. What
// is finer than a millisecond is cut off.
std::optional<policy::time_point> parse_time(std::string_view text);

// `2026-11-20T07:05:43.604Z`.
std::string to_text(policy::time_point time);

} // namespace autoscaler::server
