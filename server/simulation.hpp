// The simulated Swarm of --docker.host=simulated:[FILE] inside the daemon: a scenario file as YAML, a socket
// in a directory of its own, the engine of swarm_client/simulated behind it.
#pragma once

#include "swarm_client/endpoint.hpp"

#include <memory>
#include <string>

namespace boost::asio {
class io_context;
}

namespace autoscaler::swarm::simulated {
class simulated_engine;
}

namespace autoscaler::server {

class simulation {
public:
    explicit simulation(boost::asio::io_context& io);
    ~simulation(); // removes the directory
    simulation(simulation const&) = delete;
    simulation& operator=(simulation const&) = delete;

    // Starts it; `file` "" is the default scenario. Returns what went wrong, or "".
    std::string open(std::string const& file);

    // Where it listens, once open.
    swarm::endpoint endpoint() const;

    void close();

private:
    boost::asio::io_context& io_;
    std::string directory_;
    std::unique_ptr<swarm::simulated::simulated_engine> engine_;
};

} // namespace autoscaler::server
