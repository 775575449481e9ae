// The daemon: owns every room and wires them together. What happens in which order at start, reload and stop
// is said here and nowhere else.
#pragma once

#include "server/cli/command_line.hpp"

namespace autoscaler::server {

// `serve`: runs until SIGTERM or SIGINT. Returns the exit status: 0 after a clean stop, 2 where it could not
// start (unreadable or invalid policy, address in use), which stderr has told by then.
int serve(cli::serve_options const& options);

} // namespace autoscaler::server
