// Lends connections to the first endpoint, in the order given, that is a usable manager. Owns the connections
// and bounds their number; knows nothing of services. Shared by whoever still uses it: a loan keeps it alive.
// One thread, no locks.
#pragma once

#include "swarm_client/connection.hpp"
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
            std::shared_ptr<connection_pool> from,
            turn mine,
            std::shared_ptr<connection> lent,
            std::size_t endpoint,
            bool kept
        )
            : pool_(std::move(from))
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
        std::shared_ptr<connection_pool> pool_;
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
    connection_pool(boost::asio::any_io_executor executor, std::vector<endpoint> endpoints, limits bounds);

    // Waits for a turn, then lends a kept connection (unless `fresh`) or opens one.
    boost::asio::awaitable<result<loan>> borrow(std::string operation, deadline until, bool fresh);

    // A connection besides, for a stream: not counted, not kept.
    boost::asio::awaitable<result<opened>> open(std::string operation, deadline until);

    // What became of a request: after a failure of the endpoint itself the next request looks for a usable
    // manager again, and comes last to one that was silent.
    void note(std::size_t endpoint, error const& failure);

    // Ends everything under way and everything that follows, with errors of kind `cancelled`.
    void stop();

    limits const& bounds() const { return bounds_; }

private:
    boost::asio::awaitable<result<turn>> wait_for_turn(std::string operation, deadline until);
    boost::asio::awaitable<result<std::shared_ptr<connection>>>
    open_usable(std::size_t index, std::string operation, deadline until);
    std::vector<std::size_t> order() const;
    std::shared_ptr<connection> make_connection(std::size_t index);
    std::shared_ptr<connection> take_kept();

    boost::asio::any_io_executor executor_;
    std::vector<endpoint> endpoints_;
    limits bounds_;
    std::optional<std::size_t> current_;            // the endpoint that served last
    std::optional<std::size_t> last_resort_;        // the endpoint that was silent last
    std::vector<std::shared_ptr<connection>> kept_; // idle, all to current_
    std::vector<std::weak_ptr<connection>> all_;    // for stop()
    std::shared_ptr<transport::turns> turns_;
    bool stopped_ = false;
};

// Asks for services that cannot exist: 200 and [] come from a manager that can read the swarm's state, and
// from nobody else. (/_ping and /info answer 200 in every state.)
request probe_request(std::string operation);

} // namespace autoscaler::swarm
