#include "server/web/exposure.hpp"

#include <algorithm>

namespace autoscaler::server::web {

namespace {

bool stays_here(cli::listen_address const& where) {
    return where.host == "localhost" || where.host == "::1" || where.host.starts_with("127.");
}

} // namespace

std::string exposure_warning(std::span<cli::listen_address const> where, bool knows_callers) {
    auto const open = std::ranges::find_if_not(where, stays_here);
    if (knows_callers || open == where.end())
        return {};
    return "whoever reaches " + to_string(*open) +
           " may send alerts, silence and pause: set --web.config.file, or listen on 127.0.0.1";
}

} // namespace autoscaler::server::web
