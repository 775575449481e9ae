// Text as Go's encoding/json, strconv and time packages write it: Alertmanager's answers are made of it.
#pragma once

#include <string>
#include <string_view>

namespace autoscaler::server::alertmanager {

// Appends `text` as a JSON string with its quotes. `escape_html`: as json.Marshal does, < > & are \u003c
// \u003e \u0026. What is not UTF-8 becomes U+FFFD.
void append_json_string(std::string& out, std::string_view text, bool escape_html);

// The same as a value.
std::string json_string(std::string_view text, bool escape_html);

// As fmt's %q: quotes, with escapes for quotes, backslashes and control characters.
std::string quoted(std::string_view text);

// As the time package quotes in its errors: every byte of non-ASCII characters as \xNN.
std::string time_quoted(std::string_view text);

// Appends the UTF-8 form of a code point.
void append_utf8(std::string& out, char32_t point);

// The length of the well-formed UTF-8 character at `at`, or 0 where there is none.
std::size_t utf8_length(std::string_view text, std::size_t at);

} // namespace autoscaler::server::alertmanager
