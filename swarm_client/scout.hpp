// Finds out which endpoint is a usable manager, and keeps watch over all of them: looks at each endpoint
// itself, one look at a time, however many calls wait for what it finds. One thread, no locks.
#pragma once

#include "swarm_client/answer.hpp"
#include "swarm_client/connection_shelf.hpp"
#include "swarm_client/endpoint_book.hpp"
#include "swarm_client/swarm_api.hpp"
#include "swarm_client/transport/bell.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace autoscaler::swarm {

class scout : public std::enable_shared_from_this<scout> {
public:
    scout(
        boost::asio::any_io_executor executor,
        std::vector<endpoint> const& endpoints,
        limits const& bounds,
        std::shared_ptr<connection_shelf> shelf,
        endpoint_observer told
    );

    // The endpoint that serves. Where none does, those that may are looked at in order, a further one
    // whenever a look takes long. Where all have failed the answer is an error at once: to try those again is
    // left to look(), and to what this call leaves behind in the background.
    boost::asio::awaitable<result<std::size_t>> find(std::string operation, deadline until);

    // Looks whether the one that serves still does, and tries the others when it is time to. A look that
    // takes long while another manager answers at once is one at a manager that is cut off: then the other
    // one serves.
    boost::asio::awaitable<result<engine_info>> look(std::string operation);

    // A connection could not be opened before `until`. Whether it is worth while to call find() again: that
    // this endpoint serves no longer.
    bool dial_failed(std::size_t which, error const& why, deadline until);

    // A request that was sent there has failed.
    void request_failed(std::size_t which, error const& why);

    std::vector<endpoint_state> states() const;

    // Everything waiting ends with `cancelled`, nobody is told anything any more. For good.
    void stop();

private:
    struct check {
        bool running = false;
        bool ignored = false; // what it finds is not wanted any more
        deadline begun{};
        deadline passed{}; // the last time it was good
        std::string api_version{};
    };

    void begin(std::size_t which);
    static boost::asio::awaitable<void> run(std::shared_ptr<scout> self, std::size_t which);
    boost::asio::awaitable<result<std::string>> ask(std::size_t which);
    boost::asio::awaitable<result<std::shared_ptr<connection>>> connect(std::size_t which, deadline until);
    std::optional<deadline> begin_next(deadline now);
    boost::asio::awaitable<void> watch(std::size_t serving);
    std::optional<std::size_t> quicker_one(std::size_t than, deadline since) const;
    void failed(std::size_t which, error const& why);
    bool any_running() const;
    engine_info info(std::size_t which) const;

    boost::asio::any_io_executor executor_;
    limits bounds_;
    std::shared_ptr<connection_shelf> shelf_;
    endpoint_observer told_;
    endpoint_book book_;
    std::vector<check> checks_;
    transport::bell bell_; // rings when a look has ended
    bool stopped_ = false;
};

// Asks for services that cannot exist: 200 and [] come from a manager that can read the swarm's state, and
// from nobody else. (/_ping and /info answer 200 in every state.)
request probe_request(std::string operation);

} // namespace autoscaler::swarm
