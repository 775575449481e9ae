// Bytes as base64 (RFC 4648, section 4) and back. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace autoscaler::swarm::simulated {

std::string to_base64(std::string_view bytes);

// Nothing where the text is not base64 with its padding.
std::optional<std::string> from_base64(std::string_view text);

} // namespace autoscaler::swarm::simulated
