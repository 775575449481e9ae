// Connects a TCP stream to a host before a deadline: name lookup, then each address in turn. Private to
// server/http_client.
#pragma once

#include "server/http_client/message.hpp"
#include "server/http_client/url.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/basic_stream.hpp>

#include <chrono>
#include <memory>
#include <vector>

namespace autoscaler::server::http_client {

using deadline = std::chrono::steady_clock::time_point;
using tcp_stream = boost::beast::basic_stream<boost::asio::ip::tcp, boost::asio::any_io_executor>;

class dialer {
public:
    // The error has kind and message.
    boost::asio::awaitable<result<void>> connect(tcp_stream& stream, origin where, deadline until);

    // For good: ends the lookup under way and starts no more connects. A connect under way ends when its
    // stream is closed.
    void cancel();

private:
    struct lookup;

    boost::asio::awaitable<result<std::vector<boost::asio::ip::tcp::endpoint>>>
    addresses(boost::asio::any_io_executor executor, origin where, deadline until);

    std::weak_ptr<lookup> lookup_;
    bool cancelled_ = false;
};

} // namespace autoscaler::server::http_client
