#include "server/policy_file.hpp"

#include "server/read_file.hpp"

namespace autoscaler::server {

policy_reading read_policy_file(std::string const& file, policy::load_options const& options) {
    policy_reading reading;
    std::string text;
    if (auto const problem = read_file(file, text); !problem.empty()) {
        reading.faults.push_back(file + ": error: " + problem);
        return reading;
    }
    auto loaded = policy::load_policy(text, file, options);
    for (auto const& fault : loaded.faults)
        reading.faults.push_back(policy::to_string(fault));
    if (loaded.policies)
        reading.policies = std::make_shared<policy::policy_set const>(std::move(*loaded.policies));
    return reading;
}

} // namespace autoscaler::server
