// The files of one `check`: read, loaded, and reported in the order in which they were given. Internal to
// this room.
#pragma once

#include "policy/lint/lint.hpp"
#include "policy/yaml/load_policy.hpp"
#include "policy/yaml/rule_file.hpp"

#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

namespace autoscaler::server::cli {

struct checked_file {
    std::string name;
    std::string text;
    std::vector<policy::fault> faults;
    bool refused = false;                       // it cannot be read or is invalid
    std::optional<policy::policy_set> policies; // of a policy file that is in order
    std::optional<policy::alert_file> rules;    // of a rule file

    bool is_rule_file() const { return rules.has_value(); }
};

// A file of either kind, told apart by what it holds.
checked_file read_policy_file(std::string const& name, policy::load_options const& options);

checked_file read_rules(std::string const& name);

// Gives each finding its line and column, in the file that it names.
void add_findings(std::vector<checked_file>& files, std::vector<policy::lint::finding> const& found);

// All faults to `err`, one line for each file that was not refused to `out`. Returns the exit status.
int report(std::vector<checked_file> const& files, bool strict, std::ostream& out, std::ostream& err);

} // namespace autoscaler::server::cli
