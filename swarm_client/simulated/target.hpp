// The target of a request taken apart: API version, path, query. And the `filters` of a query. Pure.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace autoscaler::swarm::simulated {

struct target {
    std::string version;                                   // "1.41"; empty without a prefix.
    std::vector<std::string> segments;                     // Of the path behind the prefix, percent-decoded.
    std::map<std::string, std::string, std::less<>> query; // The first value of each key.

    std::string_view value(std::string_view key) const; // "" where absent.
};

target parse_target(std::string_view text);

struct filters {
    std::map<std::string, std::set<std::string>, std::less<>> wanted;
    std::string error; // Empty: `wanted` is good.

    bool has(std::string_view key) const { return wanted.contains(key); }

    // Whether one of the values of this key satisfies `test`; true where the key is absent.
    template<class Test>
    bool any(std::string_view key, Test test) const {
        auto const found = wanted.find(key);
        if (found == wanted.end())
            return true;
        for (auto const& one : found->second)
            if (test(one))
                return true;
        return false;
    }
};

// {"name":["a","b"]}, or the older {"name":{"a":true}}; empty text filters nothing. Keys not in `known` are
// an error.
filters parse_filters(std::string_view text, std::set<std::string_view> const& known);

// Whether `labels` satisfies each of the wanted "key" and "key=value". Of one key named twice only the last
// counts.
bool match_labels(
    std::map<std::string, std::string, std::less<>> const& labels, filters const& by, std::string_view key
);

} // namespace autoscaler::swarm::simulated
