// YAML with marks in the text: `max: $bad[[010]]` is `max: 010`, and a fault whose place is that of the mark
// is shown as `bad: error: TEXT`.
#pragma once

#include "policy/yaml/load_policy.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace autoscaler::policy::tests {

struct place {
    std::size_t line = 1;
    std::size_t column = 1;

    friend auto operator<=>(place const&, place const&) = default;
};

struct marked_text {
    explicit marked_text(std::string_view marked);

    std::string text;
    std::map<place, std::string> marks;
};

using lines = std::vector<std::string>;

// Each fault as `MARK: severity: text`, where MARK is the mark at its place, or LINE:COLUMN where none is.
lines located(std::vector<fault> const& faults, marked_text const& marked);

// The located faults of a policy file.
lines faults_of(std::string_view marked, load_options const& options = {});

// A file of one policy that is in order but for the given lines: it has alert, service, scale, max, return
// and, in the file, liveness.
std::string policy_with(std::string_view fields);

// The same without scale.
std::string unscaled_with(std::string_view fields);

// A file of one policy with a list of rules, one of them the given lines.
std::string rule_with(std::string_view fields);

// A whole file from disk; `path` is relative to the repository.
std::string read_repository_file(std::string const& path);

} // namespace autoscaler::policy::tests
