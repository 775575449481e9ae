#include "server/cli/check.hpp"

#include "server/cli/policy_file.hpp"

#include <ostream>

namespace autoscaler::server::cli {

int run_check(check_options const& options, std::ostream& out, std::ostream& err) {
    policy::load_options const load{.stack_default = options.stack, .max_replicas = options.max_replicas};
    int status = 0;
    for (auto const& file : options.files) {
        auto const loaded = load_policy_file(file, load);
        for (auto const& each : loaded.faults)
            err << to_string(each) << '\n';
        if (!loaded.policies) {
            status = exit_usage;
            continue;
        }
        std::size_t const count = loaded.policies->policies.size();
        out << file << ": OK, " << count << (count == 1 ? " policy\n" : " policies\n");
    }
    out.flush();
    return status;
}

} // namespace autoscaler::server::cli
