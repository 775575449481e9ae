#include "server/relay/lookup.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <memory>
#include <set>
#include <utility>

namespace autoscaler::server::relay {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

// The C library cannot be interrupted: whoever waits shares this with the lookup's end, and may go first.
struct pending {
    pending(asio::any_io_executor const& executor, std::chrono::milliseconds patience)
        : resolver(executor), done(executor, patience) {}

    tcp::resolver resolver;
    asio::steady_timer done;
    error_code failure = asio::error::timed_out;
    tcp::resolver::results_type found;
};

asio::awaitable<looked_up>
look_up(asio::any_io_executor executor, std::string host, std::chrono::milliseconds patience) {
    error_code ec;
    if (auto const address = asio::ip::make_address(host, ec); !ec)
        co_return looked_up{{address.to_string()}, ""};
    auto const state = std::make_shared<pending>(executor, patience);
    state->resolver.async_resolve(
        host,
        "",
        [state](error_code failure, tcp::resolver::results_type found) {
            state->failure = failure;
            state->found = std::move(found);
            state->done.cancel();
        }
    );
    co_await state->done.async_wait(asio::redirect_error(asio::use_awaitable, ec));
    std::set<std::string> addresses;
    for (auto const& each : state->found)
        addresses.insert(each.endpoint().address().to_string());
    looked_up made{{addresses.begin(), addresses.end()}, ""};
    if (state->failure == asio::error::timed_out)
        made.error = "no answer in time";
    else if (state->failure)
        made.error = state->failure.message();
    else if (made.addresses.empty())
        made.error = "it has no address";
    co_return made;
}

} // namespace

lookup system_lookup(asio::any_io_executor executor) {
    return [executor = std::move(executor)](std::string host, std::chrono::milliseconds patience) {
        return look_up(executor, std::move(host), patience);
    };
}

} // namespace autoscaler::server::relay
