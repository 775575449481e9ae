// Tells from Swarm's events which nodes have joined. Pure.
#pragma once

#include "swarm_client/service.hpp"

#include <functional>
#include <set>
#include <string>

namespace autoscaler::server {

class node_watch {
public:
    // Whether a node has become ready by this: a new one, or one that was down. All nodes are `unknown` for a
    // second or two after an election and then ready again; that is no news.
    bool joins(swarm::swarm_event const& what);

    // Events were missed: what is new is not known any more.
    void forget() { new_.clear(); }

private:
    std::set<std::string, std::less<>> new_; // IDs of nodes that were created and have not been ready
};

} // namespace autoscaler::server
