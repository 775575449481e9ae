// Brings bodies to one peer: one after the other in their order, over one connection, each until the peer has
// taken or refused it, with a pause behind each try that failed. Never makes the caller wait. One thread.
#pragma once

#include "server/relay/numbers.hpp"
#include "server/relay/outbox.hpp"
#include "server/relay/peer_list.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <memory>
#include <string>

namespace autoscaler::server::relay {

class courier {
public:
    // `nonce` names this process. `told` outlives the courier's task.
    courier(
        boost::asio::any_io_executor const& executor,
        peer_address where,
        options const& chosen,
        std::string const& nonce,
        std::shared_ptr<counts> told
    );
    // Stops.
    ~courier();
    courier(courier const&) = delete;
    courier& operator=(courier const&) = delete;
    courier(courier&&) = delete;
    courier& operator=(courier&&) = delete;

    // The work; for the owner to run, once. May outlive this object, ends soon after stop().
    boost::asio::awaitable<void> task();

    void push(relayed_body const& body);

    // What the peer knows, as it answers a GET; empty where it does not in time. Padded for a parser: see
    // http::body_padding.
    boost::asio::awaitable<std::string> read();

    // It is ourselves: nothing is sent there any more.
    void is_us();
    bool us() const;

    // Nothing waits and nothing is under way.
    bool idle() const;
    std::size_t waiting() const;
    std::size_t bytes() const;

    std::string const& name() const; // "10.0.1.5:9093"

    // What waits is dropped, what is under way ends. For good.
    void stop();

private:
    struct core;
    std::shared_ptr<core> core_;
};

} // namespace autoscaler::server::relay
