#include "policy/yaml/unsupported.hpp"

#include <array>
#include <string>

namespace autoscaler::policy::yaml {

namespace {

struct row {
    place where;
    std::string_view key;
    std::string_view value; // "" = the whole key, a_map = a map in the place of a scalar
};

constexpr std::string_view a_map = "{}";

constexpr std::array<row, 21> table{{
    {place::file, "prometheus", ""},
    {place::file, "alertmanagers", ""},
    {place::file, "notifiers", ""},
    {place::policy, "service", a_map},
    {place::policy, "stabilize", ""},
    {place::policy, "limits", ""},
    {place::policy, "warmup", ""},
    {place::policy, "on_stuck", ""},
    {place::policy, "during_update", "allow_up"},
    {place::policy, "during_update", "allow"},
    {place::policy, "on_external", "restore"},
    {place::policy, "schedules", ""},
    {place::policy, "notify", ""},
    {place::rule, "query", ""},
    {place::rule, "every", ""},
    {place::rule, "reduce", ""},
    {place::rule, "steps", ""},
    {place::rule, "target", ""},
    {place::rule, "mode", ""},
    {place::rule, "tolerance", ""},
    {place::rule, "on_missing", ""},
}};

constexpr std::string_view sorry = " is part of the policy language but not supported by this version yet";

} // namespace

void add_unsupported(map_reader& map, place where, fault_sink& faults, std::function<void()> const& on_seen) {
    for (auto const& one : table) {
        if (one.where != where || !one.value.empty())
            continue;
        map.key(one.key, [&faults, on_seen](entry const& seen) {
            faults.unsupported(seen.key.offset, in_quotes(seen.key.text) + std::string(sorry));
            on_seen();
        });
    }
}

bool refuse_unsupported(place where, std::string_view key, node const& value, fault_sink& faults) {
    for (auto const& one : table) {
        if (one.where != where || one.key != key || one.value.empty())
            continue;
        bool const is_map = one.value == a_map && value.what == node::kind::map;
        bool const is_word = value.is_scalar() && value.text == one.value;
        if (is_map || is_word) {
            std::string const written =
                is_map ? "a map as " + in_quotes(key) : in_quotes(std::string(key) + ": " + value.text);
            faults.unsupported(value.offset, written + std::string(sorry));
            return true;
        }
    }
    return false;
}

} // namespace autoscaler::policy::yaml
