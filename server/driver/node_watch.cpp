#include "server/driver/node_watch.hpp"

namespace autoscaler::server {

bool node_watch::joins(swarm::swarm_event const& what) {
    // More nodes than any swarm has: somebody makes them up.
    constexpr std::size_t most_new = 10'000;

    if (what.type != "node")
        return false;
    if (what.action == "remove")
        new_.erase(what.id);
    if (what.action == "create" && new_.size() < most_new)
        new_.insert(what.id);
    if (what.state != "ready" || what.state_before == "ready")
        return false;
    bool const is_new = new_.erase(what.id) > 0;
    return is_new || what.state_before != "unknown";
}

} // namespace autoscaler::server
