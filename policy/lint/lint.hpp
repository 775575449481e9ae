// What is wrong with policies that are each in good order: beside each other, and beside the Prometheus rules
// whose alerts they wait for. Pure. Only what is certain is told; a false alarm would teach people to ignore
// the rest.
//
// The loader's own warnings are not repeated here. A new check needs its function in matching.cpp,
// windows.cpp or overlaps.cpp and its row in tests/unit/lint.
#pragma once

#include "policy/core/policy.hpp"
#include "policy/yaml/fault.hpp"
#include "policy/yaml/policy_places.hpp"
#include "policy/yaml/rule_file.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace autoscaler::policy::lint {

// A loaded policy file. `set` must outlive the check.
struct policy_file {
    std::string name;
    policy_set const* set = nullptr;
    policy_places places;
};

struct finding {
    std::string file;
    std::size_t offset = 0; // in that file's text
    fault_severity severity = fault_severity::error;
    std::string text;

    friend bool operator==(finding const&, finding const&) = default;
};

// What can be said without rule files.
std::vector<finding> check_policies(std::span<policy_file const> files);

// The same, and what the alerts of all rule files say of it.
std::vector<finding>
check_rules(std::span<policy_file const> files, std::span<alert_definition const> alerts);

} // namespace autoscaler::policy::lint
