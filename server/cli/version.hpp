// What this program calls itself.
#pragma once

#include <string_view>

namespace autoscaler::server::cli {

// 1.2.3
std::string_view version();

// swarm-autoscaler 1.2.3
std::string_view version_line();

} // namespace autoscaler::server::cli
