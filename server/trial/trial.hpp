// Runs one policy test through the engine that the daemon runs, in virtual time: alerts become notices, each
// decision gets its samples, the service is shown when the engine asks for it, and writes are accepted or
// refused as the test says. No clock, no socket, no file.
#pragma once

#include "policy/core/decision.hpp"
#include "policy/yaml/policy_test.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace autoscaler::server::trial {

// An expectation that was not met: only what differs is named, in the words of the test file.
struct failure {
    std::size_t line = 0; // of the step
    policy::duration at{};
    std::string expected;                    // "action up, replicas 4"
    std::string got;                         // the same of the decision
    std::optional<policy::decision> decided; // none where nothing could be decided
};

// Runs the test, whose policy must have loaded. No failures: it has passed.
std::vector<failure> run(policy::test_file::test const& test);

} // namespace autoscaler::server::trial
