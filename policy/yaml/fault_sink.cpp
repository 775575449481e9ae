#include "policy/yaml/fault_sink.hpp"

#include "policy/yaml/plain_text.hpp"

#include <algorithm>
#include <utility>

namespace autoscaler::policy::yaml {

namespace {

// A file with more faults than this is no policy file. The bound keeps a hostile one from costing more than
// its size.
constexpr std::size_t max_faults = 1000;

// No name or expression of the language is longer; a pasted page would drown the message.
constexpr std::size_t max_quoted = 80;

// The second and later bytes of a UTF-8 character do not move the column.
bool starts_character(char byte) {
    return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U;
}

std::size_t count_characters(std::string_view text) {
    return static_cast<std::size_t>(std::ranges::count_if(text, starts_character));
}

// Without control characters: a text of ours is one line, and no value can pretend to be a second one.
std::string without_controls(std::string_view raw) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    text.reserve(raw.size());
    for (char const c : raw) {
        auto const byte = static_cast<unsigned char>(c);
        if (c == '\n') {
            text += "\\n";
        } else if (byte < 0x20 || byte == 0x7F) {
            text += "\\x";
            text += digits[byte >> 4U];
            text += digits[byte & 0xFU];
        } else {
            text += c;
        }
    }
    return text;
}

} // namespace

fault_sink::fault_sink(std::string_view text, std::string file)
    : text_(text)
    , file_(std::move(file))
    , lines_{text.starts_with(byte_order_mark) ? byte_order_mark.size() : 0} {
    for (std::size_t i = 0; i < text.size(); ++i)
        if (text[i] == '\n')
            lines_.push_back(i + 1);
}

void fault_sink::error(std::size_t offset, std::string text) {
    add(offset, fault_severity::error, std::move(text), false);
}

void fault_sink::warning(std::size_t offset, std::string text) {
    add(offset, fault_severity::warning, std::move(text), false);
}

void fault_sink::unsupported(std::size_t offset, std::string text) {
    add(offset, fault_severity::error, std::move(text), true);
}

void fault_sink::add(std::size_t offset, fault_severity severity, std::string text, bool unsupported) {
    failed_ = failed_ || severity == fault_severity::error;
    if (entries_.size() > max_faults)
        return;
    if (entries_.size() == max_faults) {
        severity = fault_severity::error;
        text = "too many faults; only the first " + std::to_string(max_faults) + " found are shown";
        unsupported = false;
        failed_ = true;
    }
    // Values come quoted from in_quotes(), but for those that the core's own readers quote.
    entries_.push_back(
        {clamped(offset), entries_.size(), {file_, 1, 1, severity, without_controls(text), unsupported}}
    );
}

// The byte order mark is no place.
std::size_t fault_sink::clamped(std::size_t offset) const {
    return std::clamp(offset, lines_.front(), text_.size());
}

std::size_t fault_sink::line(std::size_t offset) const {
    auto const after = std::ranges::upper_bound(lines_, clamped(offset));
    return static_cast<std::size_t>(after - lines_.begin());
}

std::string fault_sink::where(std::size_t offset) const {
    if (entries_.size() > max_faults)
        return {}; // nobody will read it
    offset = clamped(offset);
    std::size_t const at = line(offset);
    std::size_t const begin = lines_[at - 1];
    std::size_t const column = count_characters(text_.substr(begin, offset - begin)) + 1;
    return "line " + std::to_string(at) + ", column " + std::to_string(column);
}

std::vector<fault> fault_sink::take() {
    std::ranges::sort(entries_, {}, [](entry const& one) { return std::pair(one.offset, one.number); });
    std::vector<fault> faults;
    faults.reserve(entries_.size());
    // One walk: a line may be as long as the file and hold every fault.
    std::size_t passed = lines_.front();
    std::size_t column = 1;
    for (auto& one : entries_) {
        one.what.line = line(one.offset);
        std::size_t const begin = lines_[one.what.line - 1];
        if (begin > passed) {
            passed = begin;
            column = 1;
        }
        column += count_characters(text_.substr(passed, one.offset - passed));
        passed = one.offset;
        one.what.column = column;
        faults.push_back(std::move(one.what));
    }
    entries_.clear();
    return faults;
}

std::string in_quotes(std::string_view value) {
    bool const cut = value.size() > max_quoted;
    if (cut) {
        std::size_t end = max_quoted;
        while (end > 0 && !starts_character(value[end]))
            --end;
        value = value.substr(0, end);
    }
    return "\"" + without_controls(value) + (cut ? "...\"" : "\"");
}

} // namespace autoscaler::policy::yaml
