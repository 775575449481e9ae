// Wakes all who wait for something to change; each looks for himself then what it was. One thread, no locks.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <memory>
#include <vector>

namespace autoscaler::swarm::transport {

class bell {
public:
    explicit bell(boost::asio::any_io_executor executor) : executor_(std::move(executor)) {}

    // Until it rings, or until then at the latest.
    boost::asio::awaitable<void> wait(std::chrono::steady_clock::time_point until);

    void ring();

private:
    boost::asio::any_io_executor executor_;
    std::vector<std::weak_ptr<boost::asio::steady_timer>> waiting_; // each belongs to who waits
};

} // namespace autoscaler::swarm::transport
