// Times of policy tests: signed offsets from t = 0, and the wall clock of t = 0.
#pragma once

#include "policy/core/time.hpp"
#include "policy/yaml/fault_sink.hpp"
#include "policy/yaml/node.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace autoscaler::policy::yaml {

// 10s or -10s, or what is wrong with the text.
std::variant<duration, std::string> parse_offset(std::string_view text);

// The same of a value; `what` is its key in texts.
std::optional<duration> read_offset(node const& value, std::string_view what, fault_sink& faults);

// RFC 3339, as in 2026-03-02T08:00:00Z, with any zone offset and up to milliseconds.
std::optional<time_point> parse_clock(std::string_view text);

} // namespace autoscaler::policy::yaml
