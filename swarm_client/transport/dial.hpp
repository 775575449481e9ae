// Connects a stream to a unix socket or a TCP port before a deadline: name lookup, then each address in turn.
// Says why it failed in words that help: who may use the socket, or that nobody listens.
#pragma once

#include "swarm_client/transport/fault.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/beast/core/basic_stream.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace autoscaler::swarm::transport {

using deadline = std::chrono::steady_clock::time_point;
using plain_stream =
    boost::beast::basic_stream<boost::asio::generic::stream_protocol, boost::asio::any_io_executor>;

// Where to: a unix socket, or a host (a name or an address, IPv6 without brackets) and its port.
struct peer {
    std::string path; // "" = TCP
    std::string host;
    std::uint16_t port = 0;
};

class dialer {
public:
    boost::asio::awaitable<result<void>> connect(plain_stream& stream, peer where, deadline until);

    // For good: ends the lookup under way, and starts no more connects. (A connect under way ends when its
    // stream is closed.)
    void cancel();

private:
    struct lookup;

    boost::asio::awaitable<result<std::vector<boost::asio::generic::stream_protocol::endpoint>>>
    addresses(boost::asio::any_io_executor executor, peer where, deadline until);

    std::weak_ptr<lookup> lookup_;
    bool cancelled_ = false;
};

// Nothing was asked of it, so nothing may be there to read: neither an end nor a byte.
bool at_rest(plain_stream& stream);

} // namespace autoscaler::swarm::transport
