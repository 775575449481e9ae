// What the daemon asks of Swarm, as an interface: engine_client speaks it to real engines, tests script it.
// All functions are for one thread. Arguments go by value, since a coroutine may outlive its caller's.
#pragma once

#include "swarm_client/config_object.hpp"
#include "swarm_client/error.hpp"
#include "swarm_client/service.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace autoscaler::swarm {

// Who answered, for a log line.
struct engine_info {
    std::string endpoint;
    std::string api_version;
};

// Called on the client's thread; they must not throw.
struct event_handlers {
    std::function<void()> opened; // what happened before this moment has to be read, no event tells it
    std::function<void(swarm_event const&)> event;
};

class swarm_api {
public:
    virtual ~swarm_api() = default;

    // Whether a manager is there that can read the swarm's state: what "ready" means. Other calls may fail at
    // once while none is known; to find one again they leave to this one, which may be called as often as one
    // likes.
    virtual boost::asio::awaitable<result<engine_info>> probe() = 0;

    virtual boost::asio::awaitable<result<std::vector<service_summary>>> list() = 0;

    // By exact name: a service whose ID merely starts with it is `not_found`.
    virtual boost::asio::awaitable<result<service>> inspect(std::string name) = 0;

    virtual boost::asio::awaitable<result<service>> inspect_id(std::string id) = 0;

    // `wanted`: the replicas of its spec. Where fewer run, it is looked at why.
    virtual boost::asio::awaitable<result<task_counts>>
    count_tasks(std::string service_id, std::uint64_t wanted) = 0;

    // Writes `change` if the service still has the version that was inspected; else `conflict`. Sent once and
    // never again: after any error inspect first, and if the error says maybe_applied, look whether it was.
    virtual boost::asio::awaitable<result<void>> update(service inspected, update_request change) = 0;

    // Config objects of which the name begins like this.
    virtual boost::asio::awaitable<result<std::vector<config_object>>> list_configs(std::string name_prefix
    ) = 0;

    // A new config object; its ID. `name_taken`: there is one of that name, perhaps made by this very call,
    // as managers may repeat it among themselves. A name has at most 64 of [a-zA-Z0-9-_.] and begins and ends
    // with a letter or digit, else `rejected`. Writes to configs are sent once and never again, as for
    // update().
    virtual boost::asio::awaitable<result<std::string>> create_config(std::string name, label_map labels) = 0;

    // Gives it these labels in place of all that it has, if it still has the version that was listed; else
    // `conflict`.
    virtual boost::asio::awaitable<result<void>> update_config(config_object inspected, label_map labels) = 0;

    virtual boost::asio::awaitable<result<void>> remove_config(std::string id) = 0;

    // Follows the events of services, nodes and configs until the stream fails; the error says why. Events
    // wake up, they are not the truth: the engine keeps only the last 256, and this client none.
    virtual boost::asio::awaitable<error> events(event_handlers handlers) = 0;

protected:
    swarm_api() = default;
    swarm_api(swarm_api const&) = default;
    swarm_api& operator=(swarm_api const&) = default;
    swarm_api(swarm_api&&) = default;
    swarm_api& operator=(swarm_api&&) = default;
};

} // namespace autoscaler::swarm
