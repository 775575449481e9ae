#include "server/alertmanager/filter.hpp"

#include "server/alertmanager/go_regex.hpp"
#include "server/alertmanager/go_text.hpp"

#include <algorithm>
#include <optional>

namespace autoscaler::server::alertmanager {

namespace {

using policy::matcher;

constexpr std::string_view blanks = " \t\n\f\r"; // Go's \s

std::string_view trimmed(std::string_view text) {
    std::size_t const begin = text.find_first_not_of(blanks);
    if (begin == std::string_view::npos)
        return {};
    return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

bool begins_name(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':';
}

bool continues_name(char c) {
    return begins_name(c) || (c >= '0' && c <= '9');
}

// How much of `text` is a name without quotes.
std::size_t plain_name(std::string_view text) {
    if (text.empty() || !begins_name(text.front()))
        return 0;
    return static_cast<std::size_t>(std::ranges::find_if_not(text, continues_name) - text.begin());
}

bool valid_utf8(std::string_view text) {
    for (std::size_t i = 0; i < text.size();) {
        std::size_t const length = utf8_length(text, i);
        if (length == 0)
            return false;
        i += length;
    }
    return true;
}

// Removes the name from the front of `text`: nothing where there is none.
std::optional<std::string> take_name(std::string_view& text) {
    if (std::size_t const length = plain_name(text); length != 0) {
        std::string name(text.substr(0, length));
        text.remove_prefix(length);
        return name;
    }
    if (!text.starts_with('"'))
        return {};
    std::string name;
    std::size_t at = 1;
    for (; at < text.size() && text[at] != '"'; ++at) {
        if (text[at] == '\\' && at + 1 < text.size())
            ++at;
        name += text[at];
    }
    bool const needs_quotes = plain_name(name) != name.size();
    if (at >= text.size() || name.empty() || !needs_quotes || !valid_utf8(name))
        return {};
    text.remove_prefix(at + 1);
    return name;
}

std::optional<matcher::op> take_operator(std::string_view& text) {
    struct {
        std::string_view symbol;
        matcher::op means;
    } constexpr known[] = {
        {"=~", matcher::op::matches},
        {"=", matcher::op::equal},
        {"!=", matcher::op::not_equal},
        {"!~", matcher::op::not_matches}
    };

    for (auto const& each : known)
        if (text.starts_with(each.symbol)) {
            text.remove_prefix(each.symbol.size());
            return each.means;
        }
    return {};
}

// Undoes quotes and escapes of `raw`. False where a quote has no partner.
bool read_value(std::string_view raw, std::string& value) {
    bool open = raw.starts_with('"');
    if (open)
        raw.remove_prefix(1);
    for (std::size_t i = 0; i < raw.size(); ++i) {
        bool const last = i + 1 == raw.size();
        if (raw[i] == '\\' && !last) {
            char const next = raw[++i];
            if (next != '"' && next != '\\' && next != 'n')
                value += '\\'; // no escape: both characters stay
            value += next == 'n' ? '\n' : next;
        } else if (raw[i] == '"') {
            if (!open || !last)
                return false;
            open = false;
        } else
            value += raw[i];
    }
    return !open;
}

} // namespace

std::variant<matcher, std::string> read_filter(std::string_view text) {
    std::string_view rest = trimmed(text);
    auto name = take_name(rest);
    rest = trimmed(rest);
    auto const operation = name ? take_operator(rest) : std::nullopt;
    if (!operation)
        return "bad matcher format: " + std::string(text);
    rest = trimmed(rest);

    std::string value;
    if (!valid_utf8(rest))
        return "matcher value not valid UTF-8: " + std::string(rest);
    if (!read_value(rest, value))
        return "matcher value contains unescaped double quote: " + std::string(rest);
    auto made = matcher::make(std::move(*name), *operation, value);
    if (std::holds_alternative<std::string>(made))
        return anchored_regex_fault(value);
    return made;
}

std::variant<std::vector<matcher>, std::string> read_filters(std::vector<std::string_view> const& texts) {
    if (texts.size() > most_filters)
        return "too many filters: " + std::to_string(texts.size()) +
               " (limit: " + std::to_string(most_filters) + ")";
    std::vector<matcher> filters;
    for (auto const each : texts) {
        auto made = read_filter(each);
        if (auto* const fault = std::get_if<std::string>(&made))
            return std::move(*fault);
        filters.push_back(std::move(std::get<matcher>(made)));
    }
    return filters;
}

} // namespace autoscaler::server::alertmanager
