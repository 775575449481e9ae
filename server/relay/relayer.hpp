// Passes what was accepted from outside on to the other autoscalers, and asks them at the start what they
// know. Finds them by name. Decides nothing: what a peer says is handed to the owner. No membership, no
// votes. One thread, no locks.
#pragma once

#include "server/relay/courier.hpp"
#include "server/relay/handover.hpp"
#include "server/relay/lookup.hpp"
#include "server/relay/marks.hpp"
#include "server/relay/numbers.hpp"
#include "server/relay/options.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

namespace autoscaler::server::relay {

struct relayer_events {
    // What a peer knew when it was asked; `what` lives until the coroutine ends.
    std::function<boost::asio::awaitable<void>(handover const& what)> heard;
    // Whoever answered at the start has been heard, or the patience is over: once.
    std::function<void()> begun;
    std::function<policy::time_point()> now;
};

// What was accepted of a request.
struct facts {
    bool webhook = false;
    bool partly = false; // some of its alerts were refused
    // How long its firing alerts still fire. None: as long as nobody says otherwise.
    std::optional<std::chrono::milliseconds> useful_for{};
};

class relayer {
public:
    relayer(
        boost::asio::any_io_executor executor,
        options chosen,
        std::unique_ptr<name_lookup> look,
        relayer_events told
    );
    // stop() must have returned before, where start() was called.
    ~relayer();
    relayer(relayer const&) = delete;
    relayer& operator=(relayer const&) = delete;
    relayer(relayer&&) = delete;
    relayer& operator=(relayer&&) = delete;

    // Looks for peers, and asks them.
    void start();

    // Queues the body of a request for each peer and returns at once.
    void pass_on(http::request const& asked, facts of);

    // The request comes from this very process: what it says is known.
    bool is_own(mark const& of);

    // A body that a peer has passed on was taken.
    void note_received();

    numbers count() const;

    // Waits until what is queued has gone out, for as long as `patience`; the rest is dropped.
    boost::asio::awaitable<void> stop(std::chrono::milliseconds patience);

private:
    struct core;
    std::unique_ptr<core> core_;
};

} // namespace autoscaler::server::relay
