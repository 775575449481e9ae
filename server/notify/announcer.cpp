#include "server/notify/announcer.hpp"

#include "server/notify/notice_body.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <utility>

namespace autoscaler::server::notify {

namespace asio = boost::asio;

announcer::announcer(
    asio::any_io_executor const& executor, announcer_events told, announcer_limits const& bounds
)
    : told_(std::move(told))
    , most_waiting_(std::max<std::size_t>(bounds.most_waiting, 1))
    , sender_(executor, bounds.sending)
    , idle_(executor)
    , tasks_(executor) {}

void announcer::tell(policy::policy_set const& policies, policy::decision const& what) {
    if (stopping_)
        return;
    for (auto const& each : policy::notices_of(policies, what)) {
        auto const& name = each.to->name;
        auto const [found, is_new] = queues_.try_emplace(name);
        auto& waiting = found->second;
        bool const full = waiting.size() == most_waiting_;
        if (full)
            waiting.pop_front();
        waiting.push_back({body(each, what), each.to->target});
        told_.queued(name, full);
        if (is_new)
            tasks_.spawn(empty(name));
    }
}

// The queue goes with its last message, so that those of former notifiers do not stay.
asio::awaitable<void> announcer::empty(std::string name) {
    auto const mine = queues_.find(name);
    while (!mine->second.empty()) {
        message next = std::move(mine->second.front());
        mine->second.pop_front();
        auto const error = co_await sender_.deliver(std::move(next.body), std::move(next.target));
        told_.ended(name, error);
    }
    queues_.erase(mine);
    if (queues_.empty())
        idle_.cancel();
}

asio::awaitable<void> announcer::stop(std::chrono::milliseconds patience) {
    stopping_ = true;
    if (!queues_.empty()) {
        idle_.expires_after(patience);
        boost::system::error_code woken;
        co_await idle_.async_wait(asio::redirect_error(asio::use_awaitable, woken));
    }
    sender_.stop(); // whatever still waits fails one after the other, and is told so
    co_await tasks_.wait();
}

} // namespace autoscaler::server::notify
