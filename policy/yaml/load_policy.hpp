// The policy file: text in, values or faults out. Pure: no file is opened, no exception escapes, any bytes
// are taken.
//
// The way of a text: node.hpp makes a tree with places of it; map_reader.hpp and scalars.hpp read its maps
// and scalars strictly; policy_reader.hpp and rule_fields.hpp know the language; file_checks.hpp compares
// policies with each other. A new key needs its handler in policy_fields.cpp or rule_fields.cpp, its row in
// policy/README.md, and a test in tests/unit/yaml.
#pragma once

#include "policy/core/policy.hpp"
#include "policy/yaml/fault.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace autoscaler::policy {

struct load_options {
    std::string stack_default;        // the stack where the file names none
    std::int64_t max_replicas = 1000; // no policy may ask for more: swarmkit creates every task in one go
};

struct loaded_policy {
    std::optional<policy_set> policies; // none where a fault is an error
    std::vector<fault> faults;          // all of them, by position
};

// Reads a whole policy file. `file_name` serves the faults alone.
loaded_policy
load_policy(std::string_view text, std::string const& file_name, load_options const& options = {});

} // namespace autoscaler::policy
