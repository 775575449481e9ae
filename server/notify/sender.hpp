// Posts the messages of webhook actions and of notifiers. Runs on one executor and needs nothing else; one
// thread, no locks.
#pragma once

#include "server/driver/outside_api.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

namespace autoscaler::server::notify {

struct limits {
    // Before the second and the third try. A receiver that restarts is back within seconds; one that is gone
    // for longer gets no message late, when it is no longer true.
    std::array<std::chrono::milliseconds, 2> pauses{std::chrono::seconds(1), std::chrono::seconds(5)};
    std::size_t most_at_once = 16;                                    // the rest wait for their turn
    std::chrono::milliseconds longest_wait = std::chrono::minutes(1); // for a turn
};

// A status of 2xx is success; other answers but 408, 425, 429 and 5xx are final, redirects included. Where
// there was none it is tried again: so a receiver may hear twice what it has answered too late, with the same
// Idempotency-Key. Each try has the target's timeout.
class sender final : public message_api {
public:
    explicit sender(boost::asio::any_io_executor executor, limits const& bounds = {});

    // Stops. Calls under way may outlive the sender.
    ~sender() override;
    sender(sender const&) = delete;
    sender& operator=(sender const&) = delete;
    sender(sender&&) = delete;
    sender& operator=(sender&&) = delete;

    boost::asio::awaitable<std::string> send(policy::action::post message) override;

    // The same with a body that is made already.
    boost::asio::awaitable<std::string> deliver(std::string body, policy::webhook_target target);

    void stop() override;

private:
    struct core;
    std::shared_ptr<core> core_;
};

} // namespace autoscaler::server::notify
