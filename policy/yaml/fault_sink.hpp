// Collects the faults of one text by byte offset and turns them into lines and columns at the end.
// Borrows the text; one sink serves one reading of one file.
#pragma once

#include "policy/yaml/fault.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace autoscaler::policy::yaml {

class fault_sink {
public:
    fault_sink(std::string_view text, std::string file);

    void error(std::size_t offset, std::string text);
    void warning(std::size_t offset, std::string text);
    // Good policy language that this version does not have yet.
    void unsupported(std::size_t offset, std::string text);

    bool failed() const { return failed_; }

    // The name of the file, as it was given.
    std::string const& file() const { return file_; }

    // 1-based.
    std::size_t line(std::size_t offset) const;

    // `line 4, column 3`, for texts that point at a second place.
    std::string where(std::size_t offset) const;

    // All faults in the order of their places. The sink is empty afterwards.
    std::vector<fault> take();

private:
    struct entry {
        std::size_t offset;
        std::size_t number; // keeps the faults of one place in the order in which they were found
        fault what;
    };

    std::size_t clamped(std::size_t offset) const;
    void add(std::size_t offset, fault_severity severity, std::string text, bool unsupported);

    std::string_view text_;
    std::string file_;
    std::vector<std::size_t> lines_; // offset of each line's begin
    std::vector<entry> entries_;
    bool failed_ = false;
};

// `value` in double quotes for a fault's text: control characters escaped, long ones cut.
std::string in_quotes(std::string_view value);

} // namespace autoscaler::policy::yaml
