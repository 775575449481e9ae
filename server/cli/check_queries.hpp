// The queries of policies, asked once. Internal to this room.
#pragma once

#include "policy/lint/lint.hpp"
#include "server/cli/check.hpp"

#include <iosfwd>
#include <vector>

namespace autoscaler::server::cli {

// Shows each query with its answer on `out`. A query without a value is a finding: an error where it failed
// or gave more series than its rule can use, a warning where there was none or no number.
std::vector<policy::lint::finding> check_queries(
    std::vector<policy::lint::policy_file> const& files,
    check_options const& options,
    query_asker const& ask,
    std::ostream& out
);

} // namespace autoscaler::server::cli
