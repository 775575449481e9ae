// A policy file and a rule file in, findings out as lines: `FILE:LINE: severity: TEXT`, where FILE is policy
// or rules.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace autoscaler::policy::tests {

using lines = std::vector<std::string>;

// Without a rule file.
lines findings_of(std::string_view policy_file);

lines findings_of(std::string_view policy_file, std::string_view rule_file);

// A rule file of one group; each rule is lines that begin with `- `.
std::string group_of(std::string_view rules, std::string_view group_fields = "");

} // namespace autoscaler::policy::tests
