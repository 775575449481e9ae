// Runs one policy test through the engine, in virtual time: alerts become notices, the service is shown when
// the engine asks for it, writes are accepted or refused as the test says. One decision for each expectation.
#pragma once

#include "policy/yaml/policy_test.hpp"

#include <string>
#include <vector>

namespace autoscaler::policy::testing {

// A line for each expectation that failed: `at 60s (line 17): reason: expected alert, got cooldown_up`. A
// test that asks for what the core does not know yet fails with a line that says so. The test's policy must
// have loaded.
std::vector<std::string> run(test_file::test const& test);

} // namespace autoscaler::policy::testing
