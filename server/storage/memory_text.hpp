// The memory of a service <-> JSON text, as local storage keeps it. Pure; takes any text and never throws.
// A field that a history gains is added here and in its test; what is missing in old text keeps its default.
#pragma once

#include "policy/core/history.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace autoscaler::server::storage {

std::string encode_memory(policy::history const& memory);

// Nothing where the text is no memory. Fields that are not known are ignored: a newer version wrote them.
std::optional<policy::history> decode_memory(std::string_view text);

} // namespace autoscaler::server::storage
