// Finding objects as the engine finds them: by full ID, then by name, then by a prefix of the ID that only
// one has.
#pragma once

#include "swarm_client/model/cluster.hpp"
#include "swarm_client/simulated/spec_codec.hpp"

#include <string_view>
#include <variant>

namespace autoscaler::swarm::simulated {

template<class Object>
using found = std::variant<Object const*, api_error>; // The pointer is never null.

found<model::service> find_service(model::cluster const& swarm, std::string_view name);
found<model::task> find_task(model::cluster const& swarm, std::string_view name);
found<model::config> find_config(model::cluster const& swarm, std::string_view name);
found<model::node> find_node(model::cluster const& swarm, std::string_view name);

} // namespace autoscaler::swarm::simulated
