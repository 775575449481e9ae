// Lets so many go on at the same time, and the rest wait for their turn in the order in which they came. One
// thread, no locks.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <optional>

namespace autoscaler::swarm::transport {

class turns : public std::enable_shared_from_this<turns> {
public:
    // Handed on when it ends.
    class turn {
    public:
        explicit turn(std::shared_ptr<turns> of) : of_(std::move(of)) {}

        ~turn();
        turn(turn&&) = default;
        turn(turn const&) = delete;
        turn& operator=(turn const&) = delete;
        turn& operator=(turn&&) = delete;

    private:
        std::shared_ptr<turns> of_;
    };

    turns(boost::asio::any_io_executor executor, std::size_t most)
        : executor_(std::move(executor)), free_(most) {}

    // Nothing where none came up before `until`, or where stop() was called.
    boost::asio::awaitable<std::optional<turn>> take(std::chrono::steady_clock::time_point until);

    // Nobody waits any longer. For good.
    void stop();

private:
    struct waiter;

    void give_back();

    boost::asio::any_io_executor executor_;
    std::size_t free_;
    std::deque<std::weak_ptr<waiter>> waiting_;
    bool stopped_ = false;
};

} // namespace autoscaler::swarm::transport
