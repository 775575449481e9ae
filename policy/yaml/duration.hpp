// Durations in Prometheus' syntax: 1h30m, 500ms, 0s.
#pragma once

#include "policy/core/time.hpp"

#include <string>
#include <string_view>
#include <variant>

namespace autoscaler::policy::yaml {

// As Prometheus: int64 nanoseconds, some 292 years. It also keeps now + duration far from overflow.
inline constexpr duration max_duration = std::chrono::milliseconds(9'223'372'036'854);

// The duration, or what is wrong with the text. Units y (365d) w d h m s ms, largest first, each once; 0
// needs no unit.
std::variant<duration, std::string> parse_duration(std::string_view text);

// The shortest form that parse_duration() reads: 1h30m, 0s.
std::string to_text(duration time);

} // namespace autoscaler::policy::yaml
