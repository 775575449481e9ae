// Tells notifiers of decisions: one queue for each, emptied one message after the other by a sender of its
// own, so that webhook actions never wait for notifications. Never makes the caller wait. One thread, no
// locks.
#pragma once

#include "policy/core/notices.hpp"
#include "server/driver/task_group.hpp"
#include "server/notify/sender.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace autoscaler::server::notify {

// All are called on the executor's thread.
struct announcer_events {
    // A message was put into the queue of a notifier; `dropped`: the oldest that waited there has made way.
    std::function<void(std::string_view notifier, bool dropped)> queued;
    // A message was taken (error ""), or given up. Without secrets.
    std::function<void(std::string_view notifier, std::string const& error)> ended;
};

struct announcer_limits {
    // For each notifier, besides the message that is under way. A receiver that stays behind by more learns
    // from the newest what counts now.
    std::size_t most_waiting = 100;
    limits sending;
};

class announcer {
public:
    announcer(
        boost::asio::any_io_executor const& executor,
        announcer_events told,
        announcer_limits const& bounds = {}
    );

    // Queues what is news to a notifier of `policies`. Borrows nothing once it has returned.
    void tell(policy::policy_set const& policies, policy::decision const& what);

    // Takes no more messages, lets those that are queued go out for as long as `patience`, then ends all.
    // Must have returned before the announcer goes, where anything was told.
    boost::asio::awaitable<void> stop(std::chrono::milliseconds patience);

private:
    struct message {
        std::string body;
        policy::webhook_target target;
    };

    using queue = std::deque<message>;

    boost::asio::awaitable<void> empty(std::string name);

    announcer_events told_;
    std::size_t most_waiting_;
    sender sender_;
    std::map<std::string, queue, std::less<>> queues_; // by notifier; each has a task that empties it
    boost::asio::steady_timer idle_;                   // while stopping: cancelled with the last queue
    task_group tasks_;
    bool stopping_ = false;
};

} // namespace autoscaler::server::notify
