#include "server/trial/life_sign.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

namespace autoscaler::server::trial {

namespace {

void replace_all(std::string& text, std::string_view what, std::string_view with) {
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
        text.replace(at, what.size(), with);
}

// Values that a person may have had in mind, the plainest first.
std::vector<std::string> candidates(policy::matcher const& asked) {
    std::vector<std::string> values{asked.value(), "", "x"};
    std::string names = asked.value();
    for (std::string_view const mark : {"(?:", "(?i)", "(", ")", "^", "$", ".*"})
        replace_all(names, mark, "");
    replace_all(names, ".+", "x");
    for (std::size_t begin = 0; begin <= names.size();) {
        auto const end = std::min(names.find('|', begin), names.size());
        values.push_back(names.substr(begin, end - begin));
        begin = end + 1;
    }
    return values;
}

} // namespace

std::optional<policy::test_file::text_map> life_labels(policy::liveness_rule const& rule) {
    policy::test_file::text_map labels;
    for (auto const& asked : rule.matchers) {
        auto const values = candidates(asked);
        auto const fits = [&](std::string const& value) {
            return std::ranges::all_of(rule.matchers, [&](auto const& each) {
                return each.name() != asked.name() || each.matches_value(value);
            });
        };
        auto const found = std::ranges::find_if(values, fits);
        if (found != values.end() && !found->empty())
            labels[asked.name()] = *found;
    }
    if (labels.empty()) // an alert has at least one label
        labels["alertname"] = "Watchdog";
    auto const value_of = [&](std::string const& name) {
        auto const found = labels.find(name);
        return found == labels.end() ? std::string_view() : std::string_view(found->second);
    };
    bool const all = std::ranges::all_of(rule.matchers, [&](auto const& each) {
        return each.matches_value(value_of(each.name()));
    });
    return all ? std::optional(std::move(labels)) : std::nullopt;
}

} // namespace autoscaler::server::trial
