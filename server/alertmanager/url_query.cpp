#include "server/alertmanager/url_query.hpp"

#include "server/http/message.hpp"

#include <algorithm>
#include <charconv>

namespace autoscaler::server::alertmanager {

namespace {

// Go's url.QueryUnescape: nothing where an escape is not valid.
std::optional<std::string> unescaped(std::string_view text) {
    std::string result;
    result.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '+') {
            result += ' ';
        } else if (text[i] == '%') {
            unsigned char byte = 0;
            char const* const digits = text.data() + i + 1;
            if (text.size() - i < 3 || std::from_chars(digits, digits + 2, byte, 16).ptr != digits + 2)
                return {};
            result += static_cast<char>(byte);
            i += 2;
        } else
            result += text[i];
    }
    return result;
}

} // namespace

// Go's url.ParseQuery, which skips a pair with a semicolon or a bad escape.
url_query::url_query(std::string_view query) {
    while (!query.empty()) {
        std::size_t const end = std::min(query.find('&'), query.size());
        std::string_view const pair = query.substr(0, end);
        query.remove_prefix(std::min(end + 1, query.size()));
        if (pair.empty() || pair.find(';') != std::string_view::npos)
            continue;
        std::size_t const sign = std::min(pair.find('='), pair.size());
        auto name = unescaped(pair.substr(0, sign));
        auto value = unescaped(pair.substr(std::min(sign + 1, pair.size())));
        if (name && value)
            pairs_.emplace_back(std::move(*name), std::move(*value));
    }
}

std::vector<std::string_view> url_query::all(std::string_view name) const {
    std::vector<std::string_view> values;
    for (auto const& [each, value] : pairs_)
        if (each == name)
            values.emplace_back(value);
    return values;
}

std::string_view url_query::last(std::string_view name) const {
    auto const found =
        std::find_if(pairs_.rbegin(), pairs_.rend(), [&](auto const& each) { return each.first == name; });
    return found == pairs_.rend() ? std::string_view() : std::string_view(found->second);
}

bool url_query::flag(std::string_view name, bool fallback) const {
    std::string_view const text = last(name);
    if (text.empty())
        return fallback;
    // go-openapi/swag ConvertBool.
    constexpr std::string_view yes[] = {
        "true", "1", "yes", "ok", "y", "on", "selected", "checked", "t", "enabled"
    };
    return std::ranges::any_of(yes, [&](auto each) { return http::same_text(each, text); });
}

} // namespace autoscaler::server::alertmanager
