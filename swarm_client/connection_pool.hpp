// Lends connections to the endpoint that serves. Bounds their number; knows nothing of services. Shared by
// whoever still uses it: a loan keeps it alive. One thread, no locks.
#pragma once

#include "swarm_client/connection_shelf.hpp"
#include "swarm_client/scout.hpp"
#include "swarm_client/transport/turns.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace autoscaler::swarm {

class connection_pool : public std::enable_shared_from_this<connection_pool> {
public:
    using turn = transport::turns::turn;

    // A turn to talk, for at most limits::connections exist at the same time, with a connection. At its end a
    // connection that is still good is kept for the next one.
    class loan {
    public:
        loan(
            std::shared_ptr<connection_shelf> shelf,
            turn mine,
            std::shared_ptr<connection> lent,
            std::size_t endpoint,
            bool kept
        )
            : shelf_(std::move(shelf))
            , turn_(std::move(mine))
            , connection_(std::move(lent))
            , endpoint_(endpoint)
            , kept_(kept) {}

        ~loan();
        loan(loan&&) = default;
        loan(loan const&) = delete;
        loan& operator=(loan const&) = delete;
        loan& operator=(loan&&) = delete;

        connection& get() const { return *connection_; }

        std::size_t endpoint() const { return endpoint_; }

        // It has served before, so its peer may be gone.
        bool kept() const { return kept_; }

    private:
        std::shared_ptr<connection_shelf> shelf_;
        turn turn_;
        std::shared_ptr<connection> connection_;
        std::size_t endpoint_;
        bool kept_;
    };

    struct opened {
        std::shared_ptr<connection> link;
        std::size_t endpoint = 0;
    };

    // At least one endpoint.
    connection_pool(
        boost::asio::any_io_executor executor,
        std::vector<endpoint> endpoints,
        limits const& bounds,
        endpoint_observer told
    );

    // Waits for a turn, then lends a kept connection (unless `fresh`) or opens one. Fails at once where all
    // endpoints have failed.
    boost::asio::awaitable<result<loan>> borrow(std::string operation, deadline until, bool fresh);

    // A connection besides, for a stream: not counted, not kept. It ends when its endpoint no longer serves.
    boost::asio::awaitable<result<opened>> open(std::string operation, deadline until);

    // What became of a request.
    void note(std::size_t endpoint, error const& failure) { scout_->request_failed(endpoint, failure); }

    // Takes no turn: it must not wait for those that wait for a silent engine.
    boost::asio::awaitable<result<engine_info>> look(std::string operation);

    std::vector<endpoint_state> endpoints() const { return scout_->states(); }

    // Ends everything under way and everything that follows, with errors of kind `cancelled`.
    void stop();

    limits const& bounds() const { return bounds_; }

private:
    boost::asio::awaitable<result<turn>> wait_for_turn(std::string operation, deadline until);

    limits bounds_;
    std::shared_ptr<connection_shelf> shelf_;
    std::shared_ptr<scout> scout_;
    std::shared_ptr<transport::turns> turns_;
    bool stopped_ = false;
};

} // namespace autoscaler::swarm
