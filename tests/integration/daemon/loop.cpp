#include "loop.hpp"

#include <boost/asio/io_context.hpp>

#include <thread>
#include <utility>

namespace autoscaler::tests {

loop::loop() : context_(std::make_unique<boost::asio::io_context>(1)) {}

loop::~loop() = default;

bool loop::until(std::function<bool()> const& condition, std::chrono::milliseconds within) {
    // Short, so that a condition on time alone is seen, too.
    constexpr auto longest_wait = std::chrono::milliseconds(5);
    auto const end = std::chrono::steady_clock::now() + within;
    while (!condition()) {
        if (std::chrono::steady_clock::now() >= end)
            return false;
        if (context_->stopped())
            context_->restart();
        if (context_->run_one_for(longest_wait) == 0)
            std::this_thread::yield(); // out of work: only time can change the condition
        for (auto const& [owner, look] : watchers_)
            look();
    }
    return true;
}

void loop::watch(void const* owner, std::function<void()> look) {
    watchers_.insert_or_assign(owner, std::move(look));
}

void loop::forget(void const* owner) {
    watchers_.erase(owner);
}

} // namespace autoscaler::tests
