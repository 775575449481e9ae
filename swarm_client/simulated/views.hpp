// Objects of the model as the engine shows them in JSON.
#pragma once

#include "swarm_client/model/cluster.hpp"

#include <nlohmann/json.hpp>

#include <string>

namespace autoscaler::swarm::simulated {

// RFC 3339 in UTC with as many fractional digits as needed.
std::string to_rfc3339(model::time_point at);

nlohmann::json service_view(model::cluster const& swarm, model::service const& shown, bool with_status);
nlohmann::json task_view(model::cluster const& swarm, model::task const& shown);
nlohmann::json node_view(model::node const& shown);
nlohmann::json config_view(model::config const& shown);

// One line of /events, with its newline.
std::string event_line(model::event const& shown);

} // namespace autoscaler::swarm::simulated
