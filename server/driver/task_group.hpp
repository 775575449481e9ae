// Coroutines that somebody owns: spawned here, counted, and awaited before their owner goes. One thread.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstddef>

namespace autoscaler::server {

class task_group {
public:
    explicit task_group(boost::asio::any_io_executor const& executor);

    // Runs `task`. It reports its failures itself; an exception that leaves it ends the daemon, as a bug
    // should.
    void spawn(boost::asio::awaitable<void> task);

    // Returns when no task is left. Tasks end because their owner has told them to; this only waits.
    boost::asio::awaitable<void> wait();

private:
    boost::asio::any_io_executor executor_;
    boost::asio::steady_timer idle_; // cancelled when the last task has ended
    std::size_t running_ = 0;
};

} // namespace autoscaler::server
