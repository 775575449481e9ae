// A config object of Swarm as a small shared record: what it says is in its labels, which can be changed
// under a version; its data cannot, and is not read here. A value.
#pragma once

#include "swarm_client/service.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace autoscaler::swarm {

struct config_object {
    std::string id;
    std::string name;
    std::uint64_t version = 0;
    label_map labels;

    // The Spec as the engine gave it, and the API version it was read under: what an update posts back. A
    // config made by hand has none and cannot be updated.
    std::shared_ptr<nlohmann::json const> spec = nullptr;
    std::string api_version = {};
};

} // namespace autoscaler::swarm
