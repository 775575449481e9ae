#include "swarm_client/transport/bell.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace autoscaler::swarm::transport {

namespace asio = boost::asio;

asio::awaitable<void> bell::wait(std::chrono::steady_clock::time_point until) {
    auto const mine = std::make_shared<asio::steady_timer>(executor_, until);
    std::erase_if(waiting_, [](auto const& each) { return each.expired(); });
    waiting_.push_back(mine);
    boost::system::error_code woken;
    co_await mine->async_wait(asio::redirect_error(asio::use_awaitable, woken));
}

void bell::ring() {
    for (auto const& each : std::exchange(waiting_, {}))
        if (auto const timer = each.lock())
            timer->cancel();
}

} // namespace autoscaler::swarm::transport
