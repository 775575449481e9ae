// Keeps connections that are at rest, for the next request to the same origin under the same TLS settings,
// and knows all that are under way, to end them. One thread, no locks.
#pragma once

#include "server/http_client/client.hpp"
#include "server/http_client/connection.hpp"

#include <chrono>
#include <memory>
#include <vector>

namespace autoscaler::server::http_client {

class connection_pool {
public:
    connection_pool(boost::asio::any_io_executor executor, limits const& bounds)
        : executor_(std::move(executor)), bounds_(bounds) {}

    // One that was kept and is still good, or null.
    std::shared_ptr<connection> take(origin const& where, swarm::transport::tls_context const* tls);

    std::shared_ptr<connection> make(origin const& where, std::shared_ptr<swarm::transport::tls_context> tls);

    // Keeps it, if it can serve once more.
    void give_back(std::shared_ptr<connection> used);

    void stop();

    bool stopped() const { return stopped_; }

private:
    struct kept {
        std::shared_ptr<connection> link;
        std::chrono::steady_clock::time_point since;
    };

    void drop_old();

    boost::asio::any_io_executor executor_;
    limits bounds_;
    std::vector<kept> kept_; // the oldest first
    std::vector<std::weak_ptr<connection>> all_;
    bool stopped_ = false;
};

} // namespace autoscaler::server::http_client
