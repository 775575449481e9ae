// What a policy file may say and its author hardly means: policies that only grow, going back without anybody
// to watch the monitoring, words that cannot count.
#pragma once

#include "policy/yaml/policy_fields.hpp"

#include <map>
#include <span>
#include <string_view>
#include <vector>

namespace autoscaler::policy::yaml {

// The policies that are decided together, by the service as it is written.
using live_policies = std::map<std::string_view, std::vector<policy_draft const*>>;

// `watches_source`: the file says how to notice that the monitoring is gone.
void warn_of_file(
    std::span<policy_draft const> drafts, live_policies const& live, bool watches_source, fault_sink& faults
);

} // namespace autoscaler::policy::yaml
