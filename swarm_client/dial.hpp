// Connects a stream to an endpoint before a deadline: name lookup for TCP, then each address in turn.
// Says why it failed in words that help: who may use the socket, or that nobody listens.
#pragma once

#include "swarm_client/connection.hpp"
#include "swarm_client/endpoint.hpp"
#include "swarm_client/error.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/beast/core/basic_stream.hpp>

#include <memory>
#include <vector>

namespace autoscaler::swarm {

using dialed_stream =
    boost::beast::basic_stream<boost::asio::generic::stream_protocol, boost::asio::any_io_executor>;

class dialer {
public:
    explicit dialer(boost::asio::any_io_executor executor) : executor_(std::move(executor)) {}

    // The error has kind and message; the rest is for the caller to fill in.
    boost::asio::awaitable<result<void>> connect(dialed_stream& stream, endpoint where, deadline until);

    // For good: ends the lookup under way, and starts no more connects. (A connect under way ends when its
    // stream is closed.)
    void cancel();

private:
    struct lookup;

    boost::asio::awaitable<result<std::vector<boost::asio::generic::stream_protocol::endpoint>>>
    addresses(endpoint where, deadline until);

    boost::asio::any_io_executor executor_;
    std::weak_ptr<lookup> lookup_;
    bool cancelled_ = false;
};

} // namespace autoscaler::swarm
