// The command `check`.
#pragma once

#include "server/cli/command_line.hpp"

#include <iosfwd>

namespace autoscaler::server::cli {

// Loads every file. Faults go to `err`, one line each; `FILE: OK, N policies` goes to `out`. Returns the exit
// status: 0, or exit_usage where a file has errors; warnings alone are fine.
int run_check(check_options const& options, std::ostream& out, std::ostream& err);

} // namespace autoscaler::server::cli
