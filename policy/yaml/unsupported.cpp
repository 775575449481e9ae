#include "policy/yaml/unsupported.hpp"

namespace autoscaler::policy::yaml {

void add_unsupported(map_reader& map, fault_sink& faults) {
    map.key("alertmanagers", [&faults](entry const& seen) {
        if (seen.value.what == node::kind::list && seen.value.items.empty())
            return;
        faults.unsupported(
            seen.key.offset,
            in_quotes(seen.key.text) + " is part of the policy language but not supported by this version yet"
        );
    });
}

} // namespace autoscaler::policy::yaml
