// The modelled Swarm as the daemon's driver shows it to the engine, and writes to it: the client's part and
// the driver's part of the way, without bytes and sockets. Labels go through the daemon's own codec and
// adapter. Planted bugs live here, at the edge: the engine is always the real one.
#pragma once

#include "policy/core/event.hpp"
#include "swarm_client/model/cluster.hpp"
#include "tests/simulation/chance.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace autoscaler::simulation {

namespace model = swarm::model;

// Mistakes that an autoscaler could make. The simulation must find each of them.
enum class planted_bug {
    none,
    write_without_version, // the service is written whatever its version is now
    two_writes,            // first the replicas, then the state
    trusted_rollback       // an older label that a rollback has put back replaces what is remembered
};

std::string_view to_string(planted_bug which);

// One answer to an inspect: what the engine is told, and the Spec that an update posts back.
struct inspected {
    policy::service_view view;
    model::service_spec spec;
};

class swarm_face {
public:
    // The cluster outlives it.
    explicit swarm_face(model::cluster const& swarm) : swarm_(swarm) {}

    // By its name, tasks counted or not; nothing where there is no such service. `now`: by the clock of who
    // asks.
    std::optional<inspected> inspect(std::string_view name, bool tasks, time_point now);

private:
    struct shown {
        std::uint64_t version = 0;
        policy::service_view view;
    };

    model::cluster const& swarm_;
    std::map<std::string, shown, std::less<>> shown_; // by ID: decoded once for each version
};

// The Spec that an update posts: what was inspected, with what the update changes.
model::service_spec changed_spec(model::service_spec inspected, policy::action::update const& change);

// A deploy was posted this instant, as the client tells it from an answer.
bool deploy_in_flight(model::service const& seen);

model::time_point to_model(time_point when);

} // namespace autoscaler::simulation
