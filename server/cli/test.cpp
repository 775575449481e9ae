#include "server/cli/test.hpp"

#include "policy/yaml/plain_text.hpp"
#include "policy/yaml/policy_test.hpp"
#include "server/cli/policy_file.hpp"
#include "server/trial/report.hpp"
#include "server/trial/trial.hpp"

#include <algorithm>
#include <optional>
#include <ostream>

namespace autoscaler::server::cli {

namespace {

struct counts {
    std::size_t passed = 0;
    std::size_t failed = 0;
};

std::ostream& operator<<(std::ostream& out, counts const& what) {
    return out << what.passed << " passed, " << what.failed << " failed\n";
}

policy::test_file::file_text read_policy(std::string const& path) {
    auto content = read_file(path, policy::yaml::max_file_size);
    if (content.error.empty())
        return {.text = std::move(content.text), .error = {}};
    return {.text = {}, .error = std::move(content.error)};
}

// Faults of the file, and those of its policies that keep a test from running: a policy's warnings are for
// `check` to tell.
std::vector<policy::fault> faults_of(policy::test_file::parsed_file const& file) {
    auto faults = file.faults;
    for (auto const& policy : file.policies)
        std::ranges::copy_if(policy->faults, std::back_inserter(faults), [](auto const& each) {
            return each.severity == policy::fault_severity::error;
        });
    return faults;
}

// None where the file cannot be run.
std::optional<counts>
run_file(std::string const& path, policy::load_options const& load, std::ostream& out, std::ostream& err) {
    auto const content = read_file(path, policy::yaml::max_file_size);
    if (!content.error.empty()) {
        policy::fault fault;
        fault.file = path;
        fault.text = "cannot read the file: " + content.error;
        err << to_string(fault) << '\n';
        return {};
    }
    auto const file = policy::test_file::parse(content.text, path, read_policy, load);
    auto const faults = faults_of(file);
    for (auto const& each : faults)
        err << to_string(each) << '\n';
    if (policy::has_errors(faults))
        return {};
    counts done;
    for (auto const& test : file.tests) {
        auto const failures = trial::run(test);
        ++(failures.empty() ? done.passed : done.failed);
        for (auto const& each : failures)
            out << trial::report(path, test.name, each);
    }
    return done;
}

} // namespace

int run_test(test_options const& options, std::ostream& out, std::ostream& err) {
    policy::load_options const load{.stack_default = options.stack, .max_replicas = options.max_replicas};
    counts all;
    bool refused = false;
    for (auto const& path : options.files) {
        auto const done = run_file(path, load, out, err);
        if (!done) {
            refused = true;
            continue;
        }
        out << path << ": " << *done;
        all.passed += done->passed;
        all.failed += done->failed;
    }
    out << all;
    out.flush();
    if (refused)
        return exit_usage;
    return all.failed > 0 ? exit_failed : 0;
}

} // namespace autoscaler::server::cli
