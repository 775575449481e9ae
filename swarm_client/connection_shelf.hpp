// Makes the connections to all endpoints, and keeps those that wait for their next request. Remembers the
// others as long as they live, so that all to one endpoint, or all there are, can be ended. One thread.
#pragma once

#include "swarm_client/connection.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace autoscaler::swarm {

class connection_shelf {
public:
    enum class purpose { request, stream };

    connection_shelf(
        boost::asio::any_io_executor executor, std::vector<endpoint> endpoints, limits const& bounds
    );

    // A new one, which is not open yet.
    std::shared_ptr<connection> make(std::size_t endpoint, purpose what = purpose::request);

    // One that waits and is still good; null where there is none.
    std::shared_ptr<connection> take(std::size_t endpoint);

    // Keeps it for the next request, unless it is no good any more or there are enough.
    void keep(std::size_t endpoint, std::shared_ptr<connection> link);

    // The engine there does not serve: those that wait are closed, and streams end with this kind of error.
    void leave(std::size_t endpoint, error_kind kind);

    // Nothing will be heard from there any more: requests under way end like that, too.
    void abandon(std::size_t endpoint, error_kind kind);

    // Those that wait are closed.
    void drop(std::size_t endpoint);

    // Ends all, with errors of kind `cancelled`. For good.
    void close();

private:
    struct idle {
        std::size_t endpoint;
        std::shared_ptr<connection> link;
    };

    struct made {
        std::size_t endpoint;
        purpose what;
        std::weak_ptr<connection> link;
    };

    boost::asio::any_io_executor executor_;
    std::vector<endpoint> endpoints_;
    limits bounds_;
    std::vector<idle> idle_;
    std::vector<made> made_;
    bool closed_ = false;
};

} // namespace autoscaler::swarm
