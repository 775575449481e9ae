// One HTTP/1.1 connection to one engine, over a unix socket, TCP or TLS, one request at a time. It knows HTTP
// and the API version, nothing of services. Each wait has a deadline; close() ends whatever is under way.
// Whoever awaits a member function keeps the connection alive meanwhile. One thread, no locks.
#pragma once

#include "swarm_client/answer.hpp"
#include "swarm_client/endpoint.hpp"
#include "swarm_client/error.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace autoscaler::swarm {

using deadline = std::chrono::steady_clock::time_point;

struct limits {
    std::chrono::milliseconds connect{2'000};  // name lookup, connect, TLS handshake
    std::chrono::milliseconds ping{5'000};     // a living engine answers at once, also without a leader
    std::chrono::milliseconds request{25'000}; // a whole operation: engines themselves give up after 20 s
    std::size_t connections = 4;               // requests at a time, probes besides; more wait for their turn
    // An endpoint that failed is tried again after the first of these, then after twice as long each time: up
    // to the second where a try costs next to nothing, up to the third where the engine is silent, or where a
    // person has to mend something.
    std::chrono::milliseconds first_retry{500};
    std::chrono::milliseconds longest_retry{5'000};
    std::chrono::milliseconds longest_slow_retry{15'000};
    std::chrono::milliseconds spare_check{30'000}; // endpoints that do not serve are looked at this often
    std::size_t answer_bytes = std::size_t{64} * 1024 * 1024; // the list of 10,000 services is 17 MB
};

class connection {
public:
    connection(boost::asio::any_io_executor const& executor, endpoint where, limits const& bounds);
    ~connection();
    connection(connection const&) = delete;
    connection& operator=(connection const&) = delete;
    connection(connection&&) = delete;
    connection& operator=(connection&&) = delete;

    // Connects and negotiates: asks for the engine's API version, which prefixes every later request.
    boost::asio::awaitable<result<void>> open(std::string operation, deadline until);

    // Any answer is a success here, whatever its status.
    boost::asio::awaitable<result<answer>> ask(request what, deadline until);

    // Called with each piece of an endless answer; false ends it as one of kind `protocol`.
    using piece_handler = std::function<bool(std::string_view)>;

    // An endless answer: its header comes before `until`, its body may be silent for ever (TCP keepalive
    // finds a dead peer). `opened` is called once the header says 200. Returns why it ended.
    boost::asio::awaitable<error>
    stream(request what, deadline until, std::function<void()> opened, piece_handler handler);

    // Ends everything under way, with errors of kind `cancelled`.
    void close();

    // The same with errors that say this.
    void give_up(error_kind kind, std::string why);

    // Fit for one more request: the last answer was read whole, and the peer has not closed since.
    bool reusable() const;

    // Whether any byte of an answer to the last request has arrived.
    bool heard() const;

    std::string const& api_version() const;
    std::string const& endpoint_text() const;

private:
    struct state;
    std::unique_ptr<state> state_;
};

} // namespace autoscaler::swarm
