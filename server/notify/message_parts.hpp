// What the messages of webhook actions and of notifiers have in common. Pure; internal to this room.
#pragma once

#include "policy/core/decision.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace autoscaler::server::notify {

// "1 replica", "2 replicas".
std::string replicas(std::int64_t count);

// The object that every message begins with: version, time, service, policy, rule, action and reason.
nlohmann::ordered_json head_of(policy::decision const& what);

// The object as text, with the author's fields, which win where a name is the same.
std::string
finished(nlohmann::ordered_json made, std::vector<std::pair<std::string, std::string>> const& fields);

} // namespace autoscaler::server::notify
