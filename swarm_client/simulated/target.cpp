#include "swarm_client/simulated/target.hpp"

#include "swarm_client/simulated/go_json.hpp"

#include <algorithm>
#include <charconv>

namespace autoscaler::swarm::simulated {

namespace {

std::string percent_decoded(std::string_view text, bool plus_is_space) {
    std::string decoded;
    for (std::size_t at = 0; at < text.size(); ++at) {
        unsigned value = 0;
        auto const* const digits = text.data() + at + 1;
        if (text[at] == '%' && at + 2 < text.size() &&
            std::from_chars(digits, digits + 2, value, 16).ptr == digits + 2) {
            decoded += static_cast<char>(value);
            at += 2;
        } else {
            decoded += plus_is_space && text[at] == '+' ? ' ' : text[at];
        }
    }
    return decoded;
}

bool is_version(std::string_view segment) {
    return segment.size() > 1 && segment.front() == 'v' &&
           segment.find_first_not_of("0123456789.", 1) == std::string_view::npos;
}

void parse_query(std::string_view text, target& into) {
    while (!text.empty()) {
        auto const pair = text.substr(0, text.find('&'));
        text.remove_prefix(std::min(text.size(), pair.size() + 1));
        auto const equals = pair.find('=');
        auto const value = equals == std::string_view::npos ? std::string_view{} : pair.substr(equals + 1);
        into.query.emplace(percent_decoded(pair.substr(0, equals), true), percent_decoded(value, true));
    }
}

} // namespace

std::string_view target::value(std::string_view key) const {
    auto const found = query.find(key);
    return found == query.end() ? std::string_view{} : std::string_view{found->second};
}

target parse_target(std::string_view text) {
    target made;
    auto const question = text.find('?');
    if (question != std::string_view::npos)
        parse_query(text.substr(question + 1), made);
    auto path = text.substr(0, question);
    while (!path.empty()) {
        auto const segment = path.substr(0, path.find('/'));
        path.remove_prefix(std::min(path.size(), segment.size() + 1));
        if (!segment.empty())
            made.segments.push_back(percent_decoded(segment, false));
    }
    if (!made.segments.empty() && is_version(made.segments.front())) {
        made.version = made.segments.front().substr(1);
        made.segments.erase(made.segments.begin());
    }
    return made;
}

filters parse_filters(std::string_view text, std::set<std::string_view> const& known) {
    filters made;
    if (text.empty())
        return made;
    auto const parsed = parse_go(text);
    made.error = parsed.error;
    if (!made.error.empty())
        return made;
    if (!parsed.value.is_object()) {
        made.error = "json: cannot unmarshal value into Go value of type map[string][]string";
        return made;
    }
    for (auto const& [key, values] : parsed.value.items()) {
        if (!known.contains(key)) {
            made.error = "Invalid filter '" + key + "'";
            return made;
        }
        if (!values.is_array() && !values.is_object()) {
            made.error = "json: cannot unmarshal number into Go value of type map[string]bool";
            return made;
        }
        for (auto const& [index, value] : values.items())
            made.wanted[key].insert(
                values.is_object()  ? index
                : value.is_string() ? value.get<std::string>()
                                    : ""
            );
    }
    return made;
}

bool match_labels(
    std::map<std::string, std::string, std::less<>> const& labels, filters const& by, std::string_view key
) {
    auto const found = by.wanted.find(key);
    if (found == by.wanted.end())
        return true;
    std::map<std::string, std::string> wanted;
    for (auto const& one : found->second) {
        auto const equals = one.find('=');
        wanted[one.substr(0, equals)] = equals == std::string::npos ? std::string{} : one.substr(equals + 1);
    }
    return std::ranges::all_of(wanted, [&](auto const& one) {
        auto const label = labels.find(one.first);
        return label != labels.end() && (one.second.empty() || label->second == one.second);
    });
}

} // namespace autoscaler::swarm::simulated
