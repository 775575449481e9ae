// swarm_api over the Docker Engine API. Speaks exactly the engine's own API version, since an older one would
// delete newer fields of a spec. Each call ends within limits::request, whatever the engine does, and at once
// while all endpoints are known to fail; then probe(), which somebody has to call every now and then, is what
// tries them again. A GET on a kept connection that turns out to be dead is repeated once; a write is never.
// What it asks for: calls.hpp.
#pragma once

#include "swarm_client/connection.hpp"
#include "swarm_client/endpoint.hpp"
#include "swarm_client/endpoint_book.hpp"
#include "swarm_client/swarm_api.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace autoscaler::swarm {

class connection_pool;

class engine_client final : public swarm_api {
public:
    // The endpoints, at least one, are tried in order: the first that is a usable manager serves until it
    // fails, and then the next one, also after the first is there again. `told` hears of each endpoint that
    // fails and comes back; it must not throw.
    engine_client(
        boost::asio::any_io_executor executor,
        std::vector<endpoint> endpoints,
        limits const& bounds = {},
        endpoint_observer told = {}
    );

    // Stops. Calls under way may outlive the client; they end with `cancelled`.
    ~engine_client() override;
    engine_client(engine_client const&) = delete;
    engine_client& operator=(engine_client const&) = delete;
    engine_client(engine_client&&) = delete;
    engine_client& operator=(engine_client&&) = delete;

    boost::asio::awaitable<result<engine_info>> probe() override;
    boost::asio::awaitable<result<std::vector<service_summary>>> list() override;
    boost::asio::awaitable<result<service>> inspect(std::string name) override;
    boost::asio::awaitable<result<service>> inspect_id(std::string id) override;
    boost::asio::awaitable<result<task_counts>>
    count_tasks(std::string service_id, std::uint64_t wanted) override;
    boost::asio::awaitable<result<void>> update(service inspected, update_request change) override;
    boost::asio::awaitable<result<std::vector<config_object>>> list_configs(std::string name_prefix) override;
    boost::asio::awaitable<result<std::string>> create_config(std::string name, label_map labels) override;
    boost::asio::awaitable<result<void>> update_config(config_object inspected, label_map labels) override;
    boost::asio::awaitable<result<void>> remove_config(std::string id) override;
    boost::asio::awaitable<error> events(event_handlers handlers) override;

    // What is known of each, in order.
    std::vector<endpoint_state> endpoints() const;

    // Ends all calls under way and to come, with errors of kind `cancelled`; each returns to its caller soon
    // afterwards, on the executor. For good.
    void stop();

private:
    std::shared_ptr<connection_pool> pool_;
};

} // namespace autoscaler::swarm
