// One HTTP/1.1 connection to one origin, plain or TLS, one request at a time. It knows HTTP, nothing of
// redirects or secrets. Each wait ends at a deadline; close() ends whatever is under way. Whoever awaits a
// member function keeps the connection alive meanwhile. One thread, no locks.
#pragma once

#include "server/http_client/message.hpp"
#include "server/http_client/url.hpp"
#include "swarm_client/transport/tls_context.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

namespace autoscaler::server::http_client {

// A request as it goes over the wire, apart from Host and Content-Length.
struct wire_request {
    std::string method;
    std::string target;
    field_list fields;
    std::shared_ptr<std::string const> body; // never null
};

class connection {
public:
    using deadline = std::chrono::steady_clock::time_point;

    // `tls` is null for plain HTTP. A body above `most` bytes is an error.
    connection(
        boost::asio::any_io_executor const& executor,
        origin where,
        std::shared_ptr<swarm::transport::tls_context> tls,
        std::size_t most
    );
    ~connection();
    connection(connection const&) = delete;
    connection& operator=(connection const&) = delete;
    connection(connection&&) = delete;
    connection& operator=(connection&&) = delete;

    // Looks the name up, connects and shakes hands.
    boost::asio::awaitable<result<void>> open(deadline until);

    // Any answer is a success here, whatever its status. Errors have kind and message.
    boost::asio::awaitable<result<response>> ask(wire_request what, deadline until);

    // Ends everything under way, with errors of kind `cancelled`.
    void close();

    // Fit for one more request: the last answer was read whole, and the peer has not closed since.
    bool reusable() const;

    // Of the last request: whether all of it was written, and whether any byte of an answer has come.
    bool sent() const;
    bool heard() const;

    // Whether it leads where a request with these settings has to go.
    bool leads(origin const& where, swarm::transport::tls_context const* tls) const;

private:
    struct state;
    std::unique_ptr<state> state_;
};

} // namespace autoscaler::server::http_client
