// A simulated Swarm whose every version of every service is kept, for tests to judge what was done to it. Its
// engine listens on a unix socket in a temporary directory of its own.
#pragma once

#include "loop.hpp"
#include "swarm_client/simulated/simulated_engine.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace autoscaler::tests {

using swarm::simulated::fault;
using swarm::simulated::fault_kind;
using swarm::simulated::membership;
using swarm::simulated::operation;

// One version of a service.
struct version_seen {
    std::string id;
    std::uint64_t version = 0;
    swarm::model::service_spec spec;
    std::optional<swarm::model::update_state> update;
};

struct change_seen {
    std::uint64_t from = 0;
    std::uint64_t to = 0;
    std::uint64_t version = 0; // that brought it

    friend bool operator==(change_seen const&, change_seen const&) = default;
};

// One manager, on which everything happens within a few milliseconds.
swarm::model::scenario quick_swarm();
swarm::model::scenario_service replicated(std::string name, std::uint64_t replicas);
// quick_swarm() with the service `web` of two tasks.
swarm::model::scenario quick_web();

class simulated_swarm {
public:
    simulated_swarm(loop& runs_on, swarm::model::scenario scenario);
    ~simulated_swarm();
    simulated_swarm(simulated_swarm const&) = delete;
    simulated_swarm& operator=(simulated_swarm const&) = delete;

    // Opens the socket; the constructor has done so. Throws where it cannot.
    void start();
    // Closes the socket and every connection. The Swarm behind it lives on.
    void stop();

    std::string const& socket() const { return socket_; }

    std::string const& directory() const { return directory_; }

    // Another manager's engine of this Swarm, which serves until it is stopped or destroyed.
    std::unique_ptr<swarm::simulated::simulated_engine> another_manager();

    swarm::simulated::simulated_engine& engine() { return engine_; }

    swarm::model::cluster& model() { return engine_.swarm(); }

    swarm::simulated::faults& faults() { return engine_.injected(); }

    void inject(fault_kind kind, operation where, std::uint64_t times = 1);
    // The request is done at once and answered only after `lasts`.
    void stall(operation where, std::chrono::milliseconds lasts, std::uint64_t times = 1);

    // How many requests of this kind have come.
    std::uint64_t seen(operation what) { return faults().seen(what); }

    // The service of this name, which must be there.
    swarm::model::service const& service(std::string_view name);

    // Somebody else changes the service, as the docker command line would.
    void change(std::string_view name, std::function<void(swarm::model::service_spec&)> const& edit);
    void create(swarm::model::service_spec spec);
    void remove(std::string_view name);

    // A new node that is ready at once.
    void join(std::string hostname);

    // IDs of the tasks of the service that run and are to run.
    std::set<std::string> running_tasks(std::string_view name);

    // Whether all of its tasks run.
    bool settled(std::string_view name);

    // Every version of the service of this name, oldest first.
    std::vector<version_seen> const& history(std::string_view name) { return history_[std::string(name)]; }

    // Every change of the replicas of the service of this name, in order.
    std::vector<change_seen> changes(std::string_view name);

    // The counts that the service has had, without repetition: {2, 3, 4}.
    std::vector<std::uint64_t> counts(std::string_view name);

private:
    void look();

    loop& loop_;
    std::string directory_;
    std::string socket_;
    swarm::simulated::simulated_engine engine_;
    std::map<std::string, std::vector<version_seen>, std::less<>> history_; // by name
    std::uint64_t events_seen_ = 0;
    unsigned managers_ = 1;
};

} // namespace autoscaler::tests
