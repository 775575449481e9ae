#include "server/cli/version.hpp"

namespace autoscaler::server::cli {

std::string_view version() {
    return AUTOSCALER_VERSION;
}

std::string_view version_line() {
    return "swarm-autoscaler " AUTOSCALER_VERSION;
}

} // namespace autoscaler::server::cli
