#include "policy/yaml/fault.hpp"

#include <algorithm>
#include <tuple>
#include <vector>

namespace autoscaler::policy {

namespace {

std::string counted(std::size_t count, std::string_view noun) {
    return std::to_string(count) + ' ' + std::string(noun) + (count == 1 ? "" : "s");
}

} // namespace

std::string_view to_string(fault_severity severity) {
    switch (severity) {
    case fault_severity::warning:
        return "warning";
    case fault_severity::error:
        return "error";
    }
    return "error";
}

std::string to_string(fault const& what) {
    std::string text = what.file;
    text += ':';
    text += std::to_string(what.line);
    text += ':';
    text += std::to_string(what.column);
    text += ": ";
    text += to_string(what.severity);
    text += ": ";
    text += what.text;
    return text;
}

bool has_errors(std::span<fault const> faults) {
    return std::ranges::any_of(faults, [](fault const& one) {
        return one.severity == fault_severity::error;
    });
}

std::string format_report(std::string_view file, std::span<fault const> faults) {
    std::vector<fault const*> sorted;
    for (auto const& one : faults)
        sorted.push_back(&one);
    // The address keeps two faults of one place in the order in which they were found.
    std::ranges::sort(sorted, {}, [](fault const* one) {
        return std::tuple(std::string_view(one->file), one->line, one->column, one);
    });

    std::string report;
    for (auto const* one : sorted)
        report += to_string(*one) + '\n';

    auto const errors =
        static_cast<std::size_t>(std::ranges::count(faults, fault_severity::error, &fault::severity));
    std::size_t const warnings = faults.size() - errors;
    report += file;
    report += ": ";
    if (faults.empty())
        report += "no faults";
    if (errors > 0)
        report += counted(errors, "error");
    if (errors > 0 && warnings > 0)
        report += ", ";
    if (warnings > 0)
        report += counted(warnings, "warning");
    return report += '\n';
}

} // namespace autoscaler::policy
