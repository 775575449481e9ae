// What is wrong with a file that a person wrote, and where. Values only; nothing here reads a file.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace autoscaler::policy {

enum class fault_severity {
    warning, // the file is loaded, but it may not do what its author thinks
    error    // the file is refused
};

struct fault {
    std::string file;
    std::size_t line = 1;   // 1-based
    std::size_t column = 1; // 1-based, in characters
    fault_severity severity = fault_severity::error;
    std::string text;         // lower case, the offending value quoted, the fix named
    bool unsupported = false; // good policy language, but not of this version
};

std::string_view to_string(fault_severity severity);

// `FILE:LINE:COLUMN: error: TEXT`, without a line break.
std::string to_string(fault const& what);

bool has_errors(std::span<fault const> faults);

// What a check of `file` prints on stderr: each fault on a line of its own, by file and position, then one
// summary line such as `policy.yml: 2 errors, 1 warning` or `policy.yml: no faults`.
std::string format_report(std::string_view file, std::span<fault const> faults);

} // namespace autoscaler::policy
