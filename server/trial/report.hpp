// What `test` says of expectations that were not met, for people. Pure: values in, text out.
#pragma once

#include "server/trial/trial.hpp"

#include <string>

namespace autoscaler::server::trial {

// The line of the failure, then the decision and a line for each stage that it went through, indented:
//
//   tests.yml:17: FAILED: one step a minute: at 60s: expected action up, replicas 4; got action hold,
//   replicas 3
//       decided hold at 3 replicas, reason cooldown_up, policy web, rule errors
//         rule   3 -> 4  alert        web/errors
//         gate   4 -> 3  cooldown_up  web/errors
std::string report(std::string const& file, std::string const& test, failure const& what);

} // namespace autoscaler::server::trial
