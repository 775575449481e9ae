#include "server/driver/task_group.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <utility>

namespace autoscaler::server {

namespace asio = boost::asio;

task_group::task_group(asio::any_io_executor const& executor)
    : executor_(executor), idle_(executor, asio::steady_timer::time_point::max()) {}

void task_group::spawn(asio::awaitable<void> task) {
    ++running_;
    asio::co_spawn(executor_, std::move(task), [this](std::exception_ptr const& failure) {
        if (failure)
            std::rethrow_exception(failure);
        if (--running_ == 0)
            idle_.cancel();
    });
}

asio::awaitable<void> task_group::wait() {
    while (running_ > 0) {
        boost::system::error_code woken;
        co_await idle_.async_wait(asio::redirect_error(asio::use_awaitable, woken));
    }
}

} // namespace autoscaler::server
