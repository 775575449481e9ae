// Queries for a command that has no event loop of its own.
#pragma once

#include "policy/core/policy.hpp"
#include "policy/core/sample.hpp"

#include <string>
#include <vector>

namespace autoscaler::server::cli {

// Asks all queries and returns when all are answered, or have failed by the client's own deadlines. The
// answers stand in the order of the queries.
std::vector<policy::query_answer>
ask_prometheus(policy::prometheus_source const& source, std::vector<std::string> const& queries);

} // namespace autoscaler::server::cli
