#include "server/alertmanager/go_text.hpp"

#include <algorithm>

namespace autoscaler::server::alertmanager {

namespace {

constexpr std::string_view digits = "0123456789abcdef";

void append_hex(std::string& out, std::string_view lead, unsigned char byte) {
    out += lead;
    out += digits[byte >> 4U];
    out += digits[byte & 0xFU];
}

// One character that JSON or Go has a letter for: 0 where there is none.
char letter_for(unsigned char c) {
    switch (c) {
    case '\n':
        return 'n';
    case '\r':
        return 'r';
    case '\t':
        return 't';
    case '"':
    case '\\':
        return static_cast<char>(c);
    default:
        return 0;
    }
}

// How much of the front is ASCII that JSON takes unchanged.
std::size_t plain_length(std::string_view text, bool escape_html) {
    auto const special = std::ranges::find_if(text, [&](char each) {
        auto const c = static_cast<unsigned char>(each);
        return c < 0x20 || c >= 0x80 || c == '"' || c == '\\' ||
               (escape_html && (c == '<' || c == '>' || c == '&'));
    });
    return static_cast<std::size_t>(special - text.begin());
}

} // namespace

std::size_t utf8_length(std::string_view text, std::size_t at) {
    auto const byte = [&](std::size_t i) {
        return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0U;
    };
    auto const follows = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
    unsigned const first = byte(0);
    if (first < 0x80)
        return 1;
    if (first >= 0xC2 && first <= 0xDF)
        return follows(1) ? 2 : 0;
    if ((first & 0xF0U) == 0xE0U) { // neither overlong nor a surrogate
        bool const second = first == 0xE0 ? byte(1) >= 0xA0 : first != 0xED || byte(1) <= 0x9F;
        return second && follows(1) && follows(2) ? 3 : 0;
    }
    if (first >= 0xF0 && first <= 0xF4) { // neither overlong nor above U+10FFFF
        bool const second = first == 0xF0 ? byte(1) >= 0x90 : first != 0xF4 || byte(1) <= 0x8F;
        return second && follows(1) && follows(2) && follows(3) ? 4 : 0;
    }
    return 0;
}

void append_utf8(std::string& out, char32_t point) {
    auto const add = [&](char32_t bits) { out += static_cast<char>(static_cast<unsigned char>(bits)); };
    if (point < 0x80) {
        add(point);
    } else if (point < 0x800) {
        add(0xC0U | point >> 6U);
        add(0x80U | (point & 0x3FU));
    } else if (point < 0x10000) {
        add(0xE0U | point >> 12U);
        add(0x80U | (point >> 6U & 0x3FU));
        add(0x80U | (point & 0x3FU));
    } else {
        add(0xF0U | point >> 18U);
        add(0x80U | (point >> 12U & 0x3FU));
        add(0x80U | (point >> 6U & 0x3FU));
        add(0x80U | (point & 0x3FU));
    }
}

void append_json_string(std::string& out, std::string_view text, bool escape_html) {
    out += '"';
    for (std::size_t i = 0; i < text.size();) {
        // Nearly all of a text stands as it is, and a list of alerts is made of texts.
        std::size_t const plain = plain_length(text.substr(i), escape_html);
        out += text.substr(i, plain);
        i += plain;
        if (i == text.size())
            break;
        std::size_t const length = utf8_length(text, i);
        auto const c = static_cast<unsigned char>(text[i]);
        std::string_view const character = text.substr(i, length);
        i += length == 0 ? 1 : length;
        if (length == 0) {
            out += "\\ufffd";
        } else if (char const letter = letter_for(c); letter != 0) {
            out += '\\';
            out += letter;
        } else if (c < 0x20 || (escape_html && (c == '<' || c == '>' || c == '&'))) {
            append_hex(out, "\\u00", c);
        } else if (character == "\xE2\x80\xA8" || character == "\xE2\x80\xA9") {
            append_hex(out, "\\u20", character.back() == '\xA8' ? 0x28 : 0x29); // JavaScript's line ends
        } else {
            out += character;
        }
    }
    out += '"';
}

std::string json_string(std::string_view text, bool escape_html) {
    std::string out;
    append_json_string(out, text, escape_html);
    return out;
}

std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (std::size_t i = 0; i < text.size();) {
        std::size_t const length = utf8_length(text, i);
        auto const c = static_cast<unsigned char>(text[i]);
        if (char const letter = letter_for(c); letter != 0) {
            out += '\\';
            out += letter;
        } else if (length == 0 || c < 0x20 || c == 0x7F) {
            append_hex(out, "\\x", c);
        } else {
            out += text.substr(i, length);
        }
        i += length == 0 ? 1 : length;
    }
    return out += '"';
}

std::string time_quoted(std::string_view text) {
    std::string out = "\"";
    for (char const each : text) {
        auto const c = static_cast<unsigned char>(each);
        if (c < 0x20 || c >= 0x80)
            append_hex(out, "\\x", c);
        else {
            if (c == '"' || c == '\\')
                out += '\\';
            out += each;
        }
    }
    return out += '"';
}

} // namespace autoscaler::server::alertmanager
