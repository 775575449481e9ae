// The values of the core as JSON of our API: snake_case, times in RFC 3339, null where there is nothing to
// say. Internal to this room.
#pragma once

#include "policy/core/policy.hpp"
#include "policy/core/status.hpp"

#include <nlohmann/json_fwd.hpp>

#include <string>

namespace autoscaler::server::api {

nlohmann::ordered_json to_json(policy::decision const& what);
nlohmann::ordered_json to_json(policy::service_status const& what);
nlohmann::ordered_json to_json(policy::service_pause const& what);
nlohmann::ordered_json to_json(policy::service_policy const& what);
nlohmann::ordered_json to_json(policy::rule const& what);

// As text; what is no UTF-8 in a value becomes U+FFFD.
std::string dump(nlohmann::ordered_json const& what);

} // namespace autoscaler::server::api
