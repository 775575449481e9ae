// What an operator should hear at the start about who can reach the listeners. Pure.
#pragma once

#include "server/cli/listen_address.hpp"

#include <span>
#include <string>

namespace autoscaler::server::web {

// One line, or "" where nothing is to be said: whoever reaches an address beyond this machine may silence and
// pause, unless callers have to prove who they are.
std::string exposure_warning(std::span<cli::listen_address const> where, bool knows_callers);

} // namespace autoscaler::server::web
