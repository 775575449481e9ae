// The HTTP/1.1 server: listeners and connections on one io_context, whose thread runs everything here. It
// knows nothing of alerts: a router says who answers. Owns its sockets; handlers own what they serve.
#pragma once

#include "server/http/guard.hpp"
#include "server/http/limits.hpp"
#include "server/http/router.hpp"

#include <cstdint>
#include <memory>

namespace boost::asio {
class io_context;
}

namespace autoscaler::server::http {

struct options {
    limits limit;
    // Null: plain HTTP, and everybody may do everything. Outlives the connections' use of it.
    std::shared_ptr<guard> gate;
    // Told of every answer to a request: the pattern of its route ("" where none was found), and the status.
    std::function<void(std::string_view pattern, unsigned status)> on_answer;
    // Told of what an operator should see, such as a listener out of file descriptors.
    std::function<void(std::string_view fault)> on_fault;
};

class core;

class server {
public:
    server(boost::asio::io_context& io, router routes, options chosen = {});
    // Closes everything at once. Connections whose handler is still running end when it does, at the latest
    // with the io_context.
    ~server();
    server(server const&) = delete;
    server& operator=(server const&) = delete;

    // Opens a listener on "host:port", ":port" (every address) or "[v6]:port"; port 0 takes a free one.
    // Returns
    // "" or what is wrong.
    std::string listen(std::string_view address);

    // The ports of the listeners, in the order of listen().
    std::vector<std::uint16_t> ports() const;

    std::size_t connections() const;

    // Bytes that connections hold at this moment: see limits::buffered.
    std::size_t buffered() const;

    // Stops accepting, closes idle connections, lets requests in flight finish and be answered, and cuts off
    // what is left when `within` is over. Await it on the io_context, once.
    boost::asio::awaitable<void> stop(std::chrono::milliseconds within);

private:
    std::shared_ptr<core> core_;
};

} // namespace autoscaler::server::http
