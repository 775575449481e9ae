// Names to addresses. One thread but for the system's own lookups, no locks outside of them.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace autoscaler::server::relay {

struct looked_up {
    std::vector<std::string> addresses; // each once, sorted
    std::string error;                  // "" = there are some
};

// Tests bring one of their own.
class name_lookup {
public:
    virtual ~name_lookup() = default;

    // Ends within `patience`, and soon after stop(). One at a time.
    virtual boost::asio::awaitable<looked_up> find(std::string host, std::chrono::milliseconds patience) = 0;

    virtual void stop() = 0;

protected:
    name_lookup() = default;
    name_lookup(name_lookup const&) = default;
    name_lookup& operator=(name_lookup const&) = default;
    name_lookup(name_lookup&&) = default;
    name_lookup& operator=(name_lookup&&) = default;
};

// All A and AAAA records, as the system finds them. An address is its own answer. A lookup that hangs holds
// up neither other lookups of the process nor its end.
std::unique_ptr<name_lookup> make_system_lookup(boost::asio::any_io_executor executor);

} // namespace autoscaler::server::relay
