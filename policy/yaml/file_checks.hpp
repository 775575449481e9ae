// What can be said about policies only when the whole file is read: names, bounds that have to meet, and the
// warnings of file_warnings.hpp.
#pragma once

#include "policy/yaml/policy_fields.hpp"

#include <span>

namespace autoscaler::policy::yaml {

// `watches_source`: the file says how to notice that the monitoring is gone.
void check_file(std::span<policy_draft const> drafts, bool watches_source, fault_sink& faults);

} // namespace autoscaler::policy::yaml
