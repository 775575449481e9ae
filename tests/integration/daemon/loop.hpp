// The one thread on which a test, the simulated Swarm and the daemons under test run. Nothing here sleeps:
// a test waits for a condition, looked at after every handler.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>

namespace boost::asio {
class io_context;
}

namespace autoscaler::tests {

// Far more than anything under test needs; only a failing test waits this long.
inline constexpr auto patience = std::chrono::seconds(30);

class loop {
public:
    loop();
    ~loop();
    loop(loop const&) = delete;
    loop& operator=(loop const&) = delete;

    boost::asio::io_context& context() { return *context_; }

    // Runs handlers until the condition holds; false when the time is over first.
    bool until(std::function<bool()> const& condition, std::chrono::milliseconds within = patience);

    // `look` is called after every handler, until forget() of the same owner.
    void watch(void const* owner, std::function<void()> look);
    void forget(void const* owner);

private:
    std::unique_ptr<boost::asio::io_context> context_;
    std::map<void const*, std::function<void()>> watchers_;
};

} // namespace autoscaler::tests
