#include "policy/yaml/plain_text.hpp"

#include <string>

namespace autoscaler::policy::yaml {

namespace {

// Length of the UTF-8 character at the begin of `text`, 0 where there is none (RFC 3629: no overlong forms,
// no surrogates, at most U+10FFFF).
std::size_t character_length(std::string_view text) {
    auto const byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    auto const between = [&](std::size_t i, unsigned low, unsigned high) {
        return i < text.size() && byte(i) >= low && byte(i) <= high;
    };
    unsigned const first = byte(0);
    if (first < 0x80)
        return 1;
    if (first >= 0xC2 && first <= 0xDF)
        return between(1, 0x80, 0xBF) ? 2 : 0;
    if (first >= 0xE0 && first <= 0xEF) {
        unsigned const low = first == 0xE0 ? 0xA0 : 0x80;
        unsigned const high = first == 0xED ? 0x9F : 0xBF;
        return between(1, low, high) && between(2, 0x80, 0xBF) ? 3 : 0;
    }
    if (first >= 0xF0 && first <= 0xF4) {
        unsigned const low = first == 0xF0 ? 0x90 : 0x80;
        unsigned const high = first == 0xF4 ? 0x8F : 0xBF;
        return between(1, low, high) && between(2, 0x80, 0xBF) && between(3, 0x80, 0xBF) ? 4 : 0;
    }
    return 0;
}

} // namespace

// yaml-cpp stops silently at a 0x04, guesses UTF-16 from NUL bytes and replaces what is no UTF-8: none of
// them may reach it.
bool check_plain_text(std::string_view text, fault_sink& faults) {
    if (text.size() > max_file_size) {
        faults.error(0, "the file has more than " + std::to_string(max_file_size) + " bytes");
        return false;
    }
    for (std::size_t i = 0; i < text.size();) {
        std::size_t const length = character_length(text.substr(i));
        auto const byte = static_cast<unsigned char>(text[i]);
        if (length == 0) {
            faults.error(i, "the file is not UTF-8 from here on");
            return false;
        }
        if ((byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r') || byte == 0x7F) {
            faults.error(
                i, "control character " + in_quotes(text.substr(i, 1)) + ": a policy file is plain text"
            );
            return false;
        }
        i += length;
    }
    return true;
}

} // namespace autoscaler::policy::yaml
