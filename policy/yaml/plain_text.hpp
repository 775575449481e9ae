// Whether bytes are text at all: UTF-8 without control characters. What is not must never reach yaml-cpp.
#pragma once

#include "policy/yaml/fault_sink.hpp"

#include <cstddef>
#include <string_view>

namespace autoscaler::policy::yaml {

// Files above this size are refused unread. A thousand policies need a third of it.
inline constexpr std::size_t max_file_size = std::size_t{1} << 20U;

inline constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

// True, or the first fault is reported: too long, no UTF-8, a control character.
bool check_plain_text(std::string_view text, fault_sink& faults);

} // namespace autoscaler::policy::yaml
