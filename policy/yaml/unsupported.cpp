#include "policy/yaml/unsupported.hpp"

#include <array>
#include <string>
#include <string_view>

namespace autoscaler::policy::yaml {

namespace {

struct row {
    place where;
    std::string_view key;
};

constexpr std::array<row, 3> table{{
    {place::file, "alertmanagers"},
    {place::file, "notifiers"},
    {place::policy, "notify"},
}};

} // namespace

void add_unsupported(map_reader& map, place where, fault_sink& faults) {
    for (auto const& one : table) {
        if (one.where != where)
            continue;
        map.key(one.key, [&faults](entry const& seen) {
            faults.unsupported(
                seen.key.offset,
                in_quotes(seen.key.text) +
                    " is part of the policy language but not supported by this version yet"
            );
        });
    }
}

} // namespace autoscaler::policy::yaml
