// The text of the service label swarm.autoscaler.state <-> its value. Pure; takes any text and never throws.
#pragma once

#include "policy/core/state.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace autoscaler::server {

inline constexpr std::string_view state_label_name = "swarm.autoscaler.state";

// Every list of services carries the label twice (Spec and PreviousSpec), so it stays this small.
inline constexpr std::size_t state_label_limit = 1024;

// Compact JSON, at most state_label_limit bytes: where there is too much to say, the oldest changes are
// merged first, then episodes are left out that never acted, then the oldest of acts and of other episodes.
std::string encode_state(policy::service_state state);

// None for a text that is no such JSON, or of a version that is not known: the label is then as good as gone.
std::optional<policy::service_state> decode_state(std::string_view text);

} // namespace autoscaler::server
