// Any bytes as a policy-test file; what can be read is run, too: the whole engine under odd circumstances.
#include "policy/yaml/policy_test.hpp"

#include "fuzz/faults.hpp"
#include "server/trial/life_sign.hpp"
#include "server/trial/report.hpp"

#include <algorithm>
#include <cstdint>

using namespace autoscaler;

namespace {

// No policy_file is called so.
constexpr char const* file_name = "test file";

// A test that decides more often only takes time.
constexpr std::int64_t most_decisions = 200;

std::int64_t decisions_of(policy::test_file::test const& test) {
    std::int64_t count = 0;
    for (auto const& step : test.steps)
        count += step.repeats ? (step.repeats->until - step.repeats->from) / step.repeats->every + 1 : 1;
    return count;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    std::string const text(data, data + size);
    auto const file = policy::test_file::parse(text, file_name, [](auto const&) {
        return policy::test_file::file_text{
            .text = "policies: [{alert: X, service: web, scale: +1, max: 10}]\n", .error = {}
        };
    });
    fuzz::check_faults(text, file_name, file.faults);
    for (auto const& policy : file.policies)
        fuzz::check_faults(text, file_name, policy->faults);
    fuzz::require(
        file.tests.empty() == policy::has_errors(file.faults), "a file either has tests or has an error"
    );
    for (auto const& test : file.tests) {
        auto const& policies = test.policy->policies;
        if (!policies || decisions_of(test) > most_decisions)
            continue;
        if (policies->liveness && !server::trial::life_labels(*policies->liveness))
            continue; // told as the failure of a test that decides nothing
        for (auto const& failure : server::trial::run(test)) {
            fuzz::require(failure.decided.has_value(), "the engine decides: " + test.name);
            server::trial::report(file_name, test.name, failure);
        }
    }
    return 0;
}
