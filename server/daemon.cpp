#include "server/daemon.hpp"

#include "server/cli/policy_file.hpp"
#include "server/daemon_object.hpp"
#include "server/log/log.hpp"

#include <iostream>
#include <utility>

namespace autoscaler::server {

using log::level;

policy::load_options loading(cli::serve_options const& options) {
    return {.stack_default = options.stack, .max_replicas = options.max_replicas};
}

std::vector<std::string> to_lines(std::span<policy::fault const> faults) {
    std::vector<std::string> lines;
    for (auto const& fault : faults)
        lines.push_back(policy::to_string(fault));
    return lines;
}

void tell_of(std::string_view what, std::span<policy::fault const> faults) {
    for (auto const& fault : faults)
        log::event(
            fault.severity == policy::fault_severity::error ? level::error : level::warn,
            what,
            {{"fault", policy::to_string(fault)}}
        );
}

int serve(cli::serve_options const& options) {
    log::start({.threshold = options.log_level, .as = options.log_format});
    auto loaded = cli::load_policy_file(options.config_file, loading(options));
    for (auto const& line : to_lines(loaded.faults))
        std::cerr << line << '\n';
    if (!loaded.policies)
        return cli::exit_usage;
    daemon running(options, std::make_shared<policy::policy_set const>(std::move(*loaded.policies)));
    if (auto const problem = running.open(); !problem.empty()) {
        std::cerr << "swarm-autoscaler: error: " << problem << '\n';
        return cli::exit_usage;
    }
    running.run();
    return 0;
}

} // namespace autoscaler::server
