// Asks servers that are not ours over HTTP and HTTPS. Connections are kept and used again; certificates and
// secrets are read anew for each request. No proxies. Knows nothing of what it carries. Runs on one executor
// and needs nothing else; one thread, no locks.
#pragma once

#include "policy/core/http_config.hpp"
#include "server/http_client/message.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <memory>

namespace autoscaler::server::http_client {

struct limits {
    std::size_t body = std::size_t{16} * 1024 * 1024;               // a longer answer is an error
    std::size_t idle = 16;                                          // kept connections to all servers
    std::chrono::milliseconds idle_time = std::chrono::seconds(60); // longer, and it is closed
};

class client {
public:
    explicit client(boost::asio::any_io_executor executor, limits const& bounds = {});

    // Stops. Calls under way may outlive the client; they end with `cancelled`.
    ~client();
    client(client const&) = delete;
    client& operator=(client const&) = delete;
    client(client&&) = delete;
    client& operator=(client&&) = delete;

    // Any answer is a success, whatever its status. Ends within request::timeout. A GET or HEAD follows up to
    // 10 redirects, where `how` says so; to another origin it carries no credentials and no headers but
    // Accept. Any other method gets the redirect as its answer. What was sent on a kept connection that
    // turned out to be dead is sent once more on a fresh one, if that can do no harm.
    boost::asio::awaitable<result<response>> send(request what, policy::http_config how);

    // Ends all calls under way and to come, with errors of kind `cancelled`; each returns to its caller soon
    // afterwards, on the executor. For good.
    void stop();

private:
    struct core;
    std::shared_ptr<core> core_;
};

} // namespace autoscaler::server::http_client
