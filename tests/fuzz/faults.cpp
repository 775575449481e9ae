#include "fuzz/faults.hpp"

#include <cstdlib>
#include <iostream>
#include <vector>

namespace autoscaler::fuzz {

namespace {

std::vector<std::string_view> lines_of(std::string_view text) {
    std::vector<std::string_view> lines;
    for (;;) {
        auto const end = text.find('\n');
        lines.push_back(text.substr(0, end));
        if (end == std::string_view::npos)
            return lines;
        text.remove_prefix(end + 1);
    }
}

} // namespace

void require(bool holds, std::string_view what) {
    if (holds)
        return;
    std::cerr << "property violated: " << what << '\n';
    std::abort();
}

void check_faults(std::string_view text, std::string_view file, std::span<policy::fault const> faults) {
    if (faults.empty())
        return;
    auto const lines = lines_of(text);
    for (auto const& each : faults) {
        if (each.file != file)
            continue;
        std::string const shown = to_string(each);
        require(each.line >= 1 && each.line <= lines.size(), "the line lies within the text: " + shown);
        // Columns count characters, of which there are no more than bytes.
        require(
            each.column >= 1 && each.column <= lines[each.line - 1].size() + 1,
            "the column lies within its line: " + shown
        );
        require(!each.text.empty(), "a fault says something: " + shown);
        require(each.text.find('\n') == std::string::npos, "a fault is one line: " + shown);
    }
}

} // namespace autoscaler::fuzz
