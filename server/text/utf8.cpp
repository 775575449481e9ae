#include "server/text/utf8.hpp"

#include <algorithm>
#include <array>

namespace autoscaler::server::text {

namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD"; // U+FFFD

unsigned byte_at(std::string_view text, std::size_t at) {
    return static_cast<unsigned char>(text[at]);
}

// Characters that a terminal obeys instead of showing them.
bool must_escape(char32_t point) {
    bool const control = point < 0x20 || (point >= 0x7F && point < 0xA0);
    bool const separator = point == 0x2028 || point == 0x2029;
    bool const direction = (point >= 0x202A && point <= 0x202E) || (point >= 0x2066 && point <= 0x2069) ||
                           point == 0x200E || point == 0x200F;
    return control || separator || direction || point == '"' || point == '\\';
}

void append_escape(std::string& out, char32_t point) {
    switch (point) {
    case '"':
        out += "\\\"";
        return;
    case '\\':
        out += "\\\\";
        return;
    case '\n':
        out += "\\n";
        return;
    case '\r':
        out += "\\r";
        return;
    case '\t':
        out += "\\t";
        return;
    default:
        break;
    }
    // All of them lie in the basic plane.
    constexpr std::string_view digits = "0123456789abcdef";
    out += "\\u";
    for (unsigned shift = 16; shift > 0; shift -= 4)
        out += digits[(point >> (shift - 4)) & 0xFU];
}

} // namespace

character character_at(std::string_view text, std::size_t at) {
    unsigned const first = byte_at(text, at);
    if (first < 0x80)
        return {first, 1};

    struct form {
        unsigned mask, lead;
        std::size_t length;
        char32_t lowest; // what is below has a shorter form
    };

    constexpr std::array<form, 3> forms{
        {{0xE0, 0xC0, 2, 0x80}, {0xF0, 0xE0, 3, 0x800}, {0xF8, 0xF0, 4, 0x10000}}
    };
    for (auto const& each : forms) {
        if ((first & each.mask) != each.lead)
            continue;
        if (text.size() - at < each.length)
            return {};
        char32_t point = first & ~each.mask;
        for (std::size_t i = 1; i < each.length; ++i) {
            unsigned const next = byte_at(text, at + i);
            if ((next & 0xC0U) != 0x80)
                return {};
            point = (point << 6U) | (next & 0x3FU);
        }
        bool const surrogate = point >= 0xD800 && point <= 0xDFFF;
        if (point < each.lowest || point > 0x10FFFF || surrogate)
            return {};
        return {point, each.length};
    }
    return {};
}

bool is_utf8(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
        std::size_t const length = character_at(text, at).length;
        if (length == 0)
            return false;
        at += length;
    }
    return true;
}

void append_quoted(std::string& out, std::string_view text) {
    out += '"';
    for (std::size_t at = 0; at < text.size();) {
        auto const [point, length] = character_at(text, at);
        if (length == 0)
            out += replacement;
        else if (must_escape(point))
            append_escape(out, point);
        else
            out += text.substr(at, length);
        at += length == 0 ? 1 : length;
    }
    out += '"';
}

std::string in_quotes(std::string_view text) {
    constexpr std::size_t longest = 80;
    std::string out;
    if (text.size() <= longest) {
        append_quoted(out, text);
        return out;
    }
    std::size_t end = 0;
    while (end < longest)
        end += std::max<std::size_t>(character_at(text, end).length, 1);
    append_quoted(out, text.substr(0, end));
    return out.insert(out.size() - 1, "...");
}

bool needs_escape(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
        auto const [point, length] = character_at(text, at);
        if (length == 0 || must_escape(point))
            return true;
        at += length;
    }
    return false;
}

} // namespace autoscaler::server::text
