#include "server/alertmanager/media_type.hpp"

#include <algorithm>
#include <vector>

namespace autoscaler::server::alertmanager {

namespace {

bool is_token(char c) {
    constexpr std::string_view separators = "()<>@,;:\\\"/[]?=";
    return c > ' ' && c < '\x7F' && separators.find(c) == std::string_view::npos;
}

std::string_view trimmed(std::string_view text) {
    std::size_t const begin = text.find_first_not_of(" \t");
    if (begin == std::string_view::npos)
        return {};
    return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

std::string lower(std::string_view text) {
    std::string result(text);
    std::ranges::transform(result, result.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
    });
    return result;
}

std::string_view take_token(std::string_view& rest) {
    auto const end = std::ranges::find_if_not(rest, is_token);
    std::string_view const token = rest.substr(0, static_cast<std::size_t>(end - rest.begin()));
    rest.remove_prefix(token.size());
    return token;
}

// A token or a quoted string: false where there is neither.
bool take_value(std::string_view& rest) {
    if (!rest.starts_with('"'))
        return !take_token(rest).empty();
    for (std::size_t i = 1; i < rest.size(); ++i) {
        if (rest[i] == '"') {
            rest.remove_prefix(i + 1);
            return true;
        }
        if (rest[i] == '\\')
            ++i;
    }
    return false;
}

// `; name=value`: false where the text is no parameter.
bool take_parameter(std::string_view& rest, std::string& name) {
    rest = trimmed(rest);
    if (!rest.starts_with(';'))
        return false;
    rest = trimmed(rest.substr(1));
    name = lower(take_token(rest));
    rest = trimmed(rest);
    if (name.empty() || !rest.starts_with('='))
        return false;
    rest = trimmed(rest.substr(1));
    return take_value(rest);
}

std::string check_name(std::string_view name) {
    if (take_token(name).empty())
        return "mime: no media type";
    if (name.empty())
        return {};
    if (!name.starts_with('/'))
        return "mime: expected slash after first token";
    name.remove_prefix(1);
    if (take_token(name).empty())
        return "mime: expected token after slash";
    return name.empty() ? std::string{} : "mime: unexpected content after media subtype";
}

} // namespace

media_type read_media_type(std::string_view field) {
    if (trimmed(field).empty())
        return {};
    std::size_t const end = std::min(field.find(';'), field.size());
    media_type result{lower(trimmed(field.substr(0, end))), {}};
    result.error = check_name(result.name);

    std::string_view rest = field.substr(end);
    std::vector<std::string> seen;
    while (result.error.empty() && !trimmed(rest).empty() && trimmed(rest) != ";") {
        std::string name;
        if (!take_parameter(rest, name))
            result.error = "mime: invalid media parameter";
        else if (std::ranges::find(seen, name) != seen.end())
            result.error = "mime: duplicate parameter name";
        seen.push_back(std::move(name));
    }
    return result;
}

bool may_hold_json(std::string_view name) {
    return name.empty() || name == "application/json" || name == "application/x-www-form-urlencoded" ||
           name == "text/plain";
}

} // namespace autoscaler::server::alertmanager
