// The values behind the flags: each function reads one text, or says what was expected. Pure; internal to
// this room.
#pragma once

#include "server/cli/command_line.hpp"
#include "server/cli/reading.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace autoscaler::server::cli {

reading<std::int64_t> parse_max_replicas(std::string_view text);
reading<log::level> parse_log_level(std::string_view text);
reading<log::format> parse_log_format(std::string_view text);
// "/" or "/prefix".
reading<std::string> parse_route_prefix(std::string_view text);
// SCHEME://HOST[:PORT], as a browser sends it; or "*".
reading<std::string> parse_origin(std::string_view text);
// Without the slash at the end; "" is "not given".
reading<std::string> parse_external_url(std::string_view text);

// The variable's value; "" where it is not set.
std::string variable(environment const& variables, std::string_view name);

} // namespace autoscaler::server::cli
