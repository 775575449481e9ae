// Times as logs and answers show them, and as queries give them.
#pragma once

#include "policy/core/time.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace autoscaler::server::text {

// 2026-11-20T09:00:00.123Z: RFC 3339 in UTC, always with milliseconds. Years outside 0000..9999, which that
// format has not, show as its ends.
std::string to_rfc3339(policy::time_point when);

// Reads RFC 3339: 2026-11-20T09:00:00[.123456](Z|+01:00). What is finer than a millisecond is cut off.
// Nothing where the text is no such time.
std::optional<policy::time_point> parse_rfc3339(std::string_view text);

} // namespace autoscaler::server::text
