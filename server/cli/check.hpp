// The command `check`.
#pragma once

#include "policy/core/policy.hpp"
#include "policy/core/sample.hpp"
#include "server/cli/command_line.hpp"

#include <functional>
#include <iosfwd>
#include <string>
#include <vector>

namespace autoscaler::server::cli {

// The answers to all queries, in their order. Must not throw.
using query_asker = std::function<
    std::vector<policy::query_answer>(policy::prometheus_source const&, std::vector<std::string> const&)>;

// Loads every file, checks the policies beside each other and against the rule files, and lets `ask` answer
// their queries where a Prometheus is given. Faults go to `err`, one line each; the answers and, for each
// file, `FILE: OK, N policies` or `FILE: FAILED, N errors` go to `out`. Returns the exit status: 0;
// exit_failed where a check failed; exit_usage where a file cannot be read or is refused, then nothing but
// that is checked.
int run_check(check_options const& options, query_asker const& ask, std::ostream& out, std::ostream& err);

} // namespace autoscaler::server::cli
