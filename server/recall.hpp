// What local storage has kept, handed back to the engine at the start. Pure wiring.
#pragma once

#include "policy/core/engine.hpp"
#include "server/storage/storage.hpp"

namespace autoscaler::server {

// Before the engine has heard anything but of silences and pauses.
void recall(policy::engine& to, storage::contents const& kept);

} // namespace autoscaler::server
