// The command `test`.
#pragma once

#include "server/cli/command_line.hpp"

#include <iosfwd>

namespace autoscaler::server::cli {

// Runs the policy tests of every file. Expectations that were not met go to `out`, each with the trace of its
// decision, then the count of each file and `N passed, N failed` of all. Faults of files go to `err`; a file
// with one is not run, the others are. Returns the exit status: 0, exit_failed where a test failed, or
// exit_usage where a file, or the policy of a test, cannot be read or is invalid.
int run_test(test_options const& options, std::ostream& out, std::ostream& err);

} // namespace autoscaler::server::cli
