#include "policy/yaml/query_text.hpp"

#include "policy/yaml/duration.hpp"

#include <algorithm>
#include <variant>

namespace autoscaler::policy::yaml {

namespace {

constexpr std::string_view known_variable = "$service";

bool begins_name(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool continues_name(char c) {
    return begins_name(c) || (c >= '0' && c <= '9');
}

std::string_view trim(std::string_view text) {
    constexpr std::string_view blanks = " \t\r\n";
    std::size_t const first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos)
        return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

// Where the text in quotes or the comment that begins at `at` ends: the place behind it.
std::size_t behind_opaque(std::string_view text, std::size_t at) {
    char const open = text[at];
    if (open == '#')
        return std::min(text.find('\n', at), text.size());
    for (std::size_t i = at + 1; i < text.size(); ++i) {
        if (text[i] == '\\' && open != '`')
            ++i;
        else if (text[i] == open)
            return i + 1;
    }
    return text.size();
}

} // namespace

std::optional<std::string> unknown_variable(std::string_view promql) {
    for (std::size_t at = promql.find('$'); at < promql.size(); at = promql.find('$', at + 1)) {
        std::string_view const rest = promql.substr(at);
        bool const braced = rest.size() > 2 && rest[1] == '{' && begins_name(rest[2]);
        if (!braced && (rest.size() < 2 || !begins_name(rest[1])))
            continue; // the end of a regular expression
        std::size_t end = braced ? 2 : 1;
        while (end < rest.size() && continues_name(rest[end]))
            ++end;
        if (braced && end < rest.size() && rest[end] == '}')
            ++end;
        if (std::string_view const variable = rest.substr(0, end); variable != known_variable)
            return std::string(variable);
    }
    return std::nullopt;
}

std::optional<duration> shortest_range(std::string_view promql) {
    std::optional<duration> shortest;
    for (std::size_t at = 0; at < promql.size();) {
        char const c = promql[at];
        if (c == '#' || c == '"' || c == '\'' || c == '`') {
            at = behind_opaque(promql, at);
            continue;
        }
        ++at;
        if (c != '[')
            continue;
        std::string_view const inside = promql.substr(at, promql.find_first_of(":]", at) - at);
        auto const range = parse_duration(trim(inside));
        if (auto const* const found = std::get_if<duration>(&range))
            shortest = std::min(shortest.value_or(*found), *found);
    }
    return shortest;
}

} // namespace autoscaler::policy::yaml
