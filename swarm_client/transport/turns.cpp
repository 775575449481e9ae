#include "swarm_client/transport/turns.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace autoscaler::swarm::transport {

namespace asio = boost::asio;

struct turns::waiter {
    asio::steady_timer timer;
    std::optional<turn> granted{}; // goes back by itself where the waiter is gone
};

turns::turn::~turn() {
    if (of_)
        of_->give_back();
}

asio::awaitable<std::optional<turns::turn>> turns::take(std::chrono::steady_clock::time_point until) {
    if (stopped_)
        co_return std::nullopt;
    if (free_ > 0) {
        --free_;
        co_return turn(shared_from_this());
    }
    auto const mine = std::make_shared<waiter>(waiter{asio::steady_timer(executor_, until)});
    waiting_.push_back(mine);
    boost::system::error_code woken;
    co_await mine->timer.async_wait(asio::redirect_error(asio::use_awaitable, woken));
    co_return std::move(mine->granted);
}

void turns::give_back() {
    while (!waiting_.empty()) {
        auto const next = waiting_.front().lock();
        waiting_.pop_front();
        // A timer that cannot be cancelled any more has fired: its waiter is on its way out.
        if (next && next->timer.cancel() > 0) {
            next->granted.emplace(shared_from_this());
            return;
        }
    }
    ++free_;
}

void turns::stop() {
    stopped_ = true;
    for (auto const& each : waiting_)
        if (auto const waiting = each.lock())
            waiting->timer.cancel();
    waiting_.clear();
}

} // namespace autoscaler::swarm::transport
