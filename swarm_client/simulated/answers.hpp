// What the handlers of engine_api's requests share: bodies in, answers out, the managers' limits. Pure.
#pragma once

#include "swarm_client/simulated/engine_api.hpp"
#include "swarm_client/simulated/spec_codec.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <string>
#include <variant>

namespace autoscaler::swarm::simulated {

// One raft entry holds what is posted, and the PreviousSpec of a service besides.
inline constexpr std::size_t largest_entry = 1'500'000;

answer json_answer(unsigned status, nlohmann::json const& body);
answer refused(api_error const& error);

// What the managers say to an entry above that limit.
answer too_large_answer();

// The JSON of a body, as far as one gRPC message holds it.
std::variant<nlohmann::json, api_error> read_body(std::string const& body);

} // namespace autoscaler::swarm::simulated
