// A shared record as local storage keeps it: what it says is known to server/shared alone. A value.
#pragma once

#include "policy/core/time.hpp"
#include "swarm_client/service.hpp"

#include <string>

namespace autoscaler::server::storage {

struct record {
    std::string name;              // of the config object
    swarm::label_map labels;       // its content
    policy::time_point updated_at; // of two versions of one name the later one counts

    friend bool operator==(record const&, record const&) = default;
};

} // namespace autoscaler::server::storage
