// Names to addresses. One thread, no locks.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace autoscaler::server::relay {

struct looked_up {
    std::vector<std::string> addresses; // each once, sorted
    std::string error;                  // "" = there are some
};

// Ends within the time given. Tests bring one of their own.
using lookup = std::function<
    boost::asio::awaitable<looked_up>(std::string host, std::chrono::milliseconds patience)>;

// The system's: all A and AAAA records. An address is its own answer.
lookup system_lookup(boost::asio::any_io_executor executor);

} // namespace autoscaler::server::relay
