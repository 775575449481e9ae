// The engine's JSON about services <-> values. Pure; takes any text whatsoever and never throws.
// Faults are errors of kind `protocol` (an answer) or `refused` (a change that must not be sent); who called
// fills in operation and endpoint.
#pragma once

#include "swarm_client/error.hpp"
#include "swarm_client/service.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace autoscaler::swarm {

// The answer of GET /services/{id}. `api_version` is left empty.
result<service> decode_service(std::string_view text);

// The answer of GET /services. A service of an unknown mode is listed as such; one without ID, name or
// version makes the whole answer an error.
result<std::vector<service_summary>> decode_services(std::string_view text);

// The body that applies `change` to what was read: the complete Spec, different in Mode.Replicated.Replicas,
// that one label and TaskTemplate.ForceUpdate only, and of these in what the change asks for. Refused: any
// other mode than replicated, counts above 2^63 - 1 (the engine's limit), a label that is not UTF-8, a
// ForceUpdate that cannot grow, and a change that changes nothing (posting a no-op overwrites PreviousSpec).
result<std::string> changed_spec(service const& inspected, update_request const& change);

} // namespace autoscaler::swarm
