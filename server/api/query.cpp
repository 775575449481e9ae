#include "server/api/query.hpp"

#include "server/text/utf8.hpp"

#include <algorithm>

namespace autoscaler::server::api {

namespace {

// The value of a hexadecimal digit; -1 for any other character.
int hex_value(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

std::optional<std::string> decode(std::string_view text, bool plus_is_space) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += plus_is_space && text[i] == '+' ? ' ' : text[i];
            continue;
        }
        int const high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
        int const low = i + 2 < text.size() ? hex_value(text[i + 2]) : -1;
        if (high < 0 || low < 0)
            return {};
        out += static_cast<char>(high * 16 + low);
        i += 2;
    }
    if (!text::is_utf8(out))
        return {};
    return out;
}

} // namespace

std::optional<std::string> decode(std::string_view text) {
    return decode(text, false);
}

std::variant<parameters, std::string> parse_query(std::string_view query) {
    parameters all;
    while (!query.empty()) {
        std::string_view const pair = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(pair.size() + 1, query.size()));
        if (pair.empty())
            continue;
        std::size_t const name_end = std::min(pair.find('='), pair.size());
        auto name = decode(pair.substr(0, name_end), true);
        auto value = decode(pair.substr(std::min(name_end + 1, pair.size())), true);
        if (!name || !value)
            return "bad escape in the parameter " + text::in_quotes(pair) +
                   ": expected percent-encoded UTF-8, as in service=a%2Fb";
        if (std::ranges::find(all, *name, &parameters::value_type::first) != all.end())
            return "parameter " + text::in_quotes(*name) + " is given twice: expected it once";
        all.emplace_back(*std::move(name), *std::move(value));
    }
    return all;
}

} // namespace autoscaler::server::api
