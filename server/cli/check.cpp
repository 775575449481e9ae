#include "server/cli/check.hpp"

#include "server/cli/check_queries.hpp"
#include "server/cli/checked_files.hpp"

#include <algorithm>
#include <iterator>
#include <ostream>

namespace autoscaler::server::cli {

namespace {

// A file that is named twice is read once.
std::vector<checked_file> read_all(check_options const& options) {
    std::vector<checked_file> files;
    auto const is_new = [&](std::string const& name) {
        return std::ranges::find(files, name, &checked_file::name) == files.end();
    };
    policy::load_options const load{.stack_default = options.stack, .max_replicas = options.max_replicas};
    for (auto const& name : options.files) {
        if (is_new(name))
            files.push_back(read_policy_file(name, load));
    }
    for (auto const& name : options.rules) {
        if (is_new(name))
            files.push_back(read_rules(name));
    }
    return files;
}

std::vector<policy::lint::policy_file> policy_files(std::vector<checked_file> const& files) {
    std::vector<policy::lint::policy_file> found;
    for (auto const& file : files) {
        if (file.policies)
            found.push_back({file.name, &*file.policies, policy::find_policy_places(file.text)});
    }
    return found;
}

std::vector<policy::lint::finding>
check_all(std::vector<checked_file> const& files, std::vector<policy::lint::policy_file> const& policies) {
    if (std::ranges::none_of(files, &checked_file::is_rule_file))
        return policy::lint::check_policies(policies);
    std::vector<policy::alert_definition> alerts;
    for (auto const& file : files) {
        if (file.rules)
            std::ranges::copy(file.rules->alerts, std::back_inserter(alerts));
    }
    return policy::lint::check_rules(policies, alerts);
}

} // namespace

int run_check(check_options const& options, query_asker const& ask, std::ostream& out, std::ostream& err) {
    auto files = read_all(options);
    if (std::ranges::all_of(files, &checked_file::is_rule_file)) {
        err << "error: expected POLICY.yml: all files given are Prometheus rule files\n";
        return exit_usage;
    }
    // Half of the files would make the other half look wrong.
    if (std::ranges::none_of(files, &checked_file::refused)) {
        auto const policies = policy_files(files);
        auto found = check_all(files, policies);
        if (!options.prometheus_url.empty())
            std::ranges::move(check_queries(policies, options, ask, out), std::back_inserter(found));
        add_findings(files, found);
    }
    return report(files, options.strict, out, err);
}

} // namespace autoscaler::server::cli
