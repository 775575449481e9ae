// A simulated engine that runs on a thread of its own, with its socket in a temporary directory; both end
// with it.
#pragma once

#include "swarm_client/model/scenario.hpp"
#include "swarm_client/simulated/simulated_engine.hpp"

#include <functional>
#include <memory>
#include <string>

namespace autoscaler::tests {

class running_engine {
public:
    // Serves on `path`, or in a temporary directory of its own; throws when the socket cannot be opened.
    explicit running_engine(swarm::model::scenario scenario, std::string path = {});
    ~running_engine();
    running_engine(running_engine const&) = delete;
    running_engine& operator=(running_engine const&) = delete;

    std::string const& socket_path() const { return path_; }

    // Runs `work` on the engine's thread and waits for its end.
    void with(std::function<void(swarm::simulated::simulated_engine&)> work);

    // Stops the engine and waits until its thread has run out of work.
    void stop();

private:
    struct machine;

    std::string directory_;
    std::string path_;
    std::unique_ptr<machine> machine_;
};

} // namespace autoscaler::tests
