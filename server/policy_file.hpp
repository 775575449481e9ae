// The policy file on disk: read whole, loaded, and replaced only by one without errors.
#pragma once

#include "policy/core/policy.hpp"
#include "policy/yaml/load_policy.hpp"

#include <memory>
#include <string>
#include <vector>

namespace autoscaler::server {

struct policy_reading {
    std::shared_ptr<policy::policy_set const> policies; // none where an error forbids it
    std::vector<std::string> faults;   // errors and warnings as FILE:LINE:COLUMN: error: TEXT, by position
};

// Reads and loads `file`. A file that cannot be read is one fault, with the system's words.
policy_reading read_policy_file(std::string const& file, policy::load_options const& options);

} // namespace autoscaler::server
