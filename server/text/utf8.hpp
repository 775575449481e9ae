// UTF-8, read strictly: the one place that says what a character is. Pure functions on views.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace autoscaler::server::text {

struct character {
    char32_t point = 0;
    std::size_t length = 0; // in bytes; 0 where the bytes are no UTF-8
};

// The character at `at`, which lies inside `text`. Overlong forms, surrogates and points above U+10FFFF are
// no UTF-8.
character character_at(std::string_view text, std::size_t at);

bool is_utf8(std::string_view text);

// Appends `text` in double quotes as JSON has it. Bytes that are no UTF-8 become U+FFFD. Besides JSON's own
// escapes, all control characters, line separators and marks that turn the direction of text are escaped, so
// that no value can pretend to be a second line, or hide, on a terminal.
void append_quoted(std::string& out, std::string_view text);

// The same as a value, for a text about `text`: what is long is cut, and ends with "..." then.
std::string in_quotes(std::string_view text);

// True where append_quoted() would write anything else than the text itself between its quotes.
bool needs_escape(std::string_view text);

} // namespace autoscaler::server::text
