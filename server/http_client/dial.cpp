#include "server/http_client/dial.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace autoscaler::server::http_client {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

// A lookup cannot be cancelled while the C library has it. So the waiting coroutine shares this with the
// lookup's handler and may go away first.
struct dialer::lookup {
    lookup(asio::any_io_executor const& executor, deadline until)
        : resolver(executor), done(executor, until) {}

    tcp::resolver resolver;
    asio::steady_timer done;
    bool ended = false;
    error_code ec = asio::error::timed_out;
    tcp::resolver::results_type found;
};

namespace {

error failed(error_kind kind, std::string message) {
    return {kind, "", std::move(message)};
}

error connect_failure(error_code ec) {
    if (ec == asio::error::operation_aborted)
        return failed(error_kind::cancelled, "cancelled");
    if (ec == boost::beast::error::timeout || ec == asio::error::timed_out)
        return failed(error_kind::timeout, "no connection in time");
    return failed(error_kind::unreachable, ec.message());
}

error lookup_failure(origin const& where, error_code ec) {
    if (ec == asio::error::operation_aborted)
        return failed(error_kind::cancelled, "cancelled");
    if (ec == asio::error::timed_out)
        return failed(error_kind::timeout, "no address for \"" + where.host + "\" in time");
    return failed(error_kind::unknown_host, "no address for \"" + where.host + "\": " + ec.message());
}

} // namespace

asio::awaitable<result<std::vector<tcp::endpoint>>>
dialer::addresses(asio::any_io_executor executor, origin where, deadline until) {
    error_code ec;
    auto const address = asio::ip::make_address(where.host, ec);
    if (!ec)
        co_return std::vector{tcp::endpoint(address, where.port)};

    auto const state = std::make_shared<lookup>(executor, until);
    lookup_ = state;
    state->resolver.async_resolve(
        where.host,
        std::to_string(where.port),
        tcp::resolver::numeric_service,
        [state](error_code failure, tcp::resolver::results_type found) {
            if (std::exchange(state->ended, true))
                return; // cancelled before
            state->ec = failure;
            state->found = std::move(found);
            state->done.cancel();
        }
    );
    co_await state->done.async_wait(asio::redirect_error(asio::use_awaitable, ec));
    state->ended = true;
    if (state->ec)
        co_return lookup_failure(where, state->ec);
    std::vector<tcp::endpoint> list;
    for (auto const& entry : state->found)
        list.push_back(entry.endpoint());
    co_return list;
}

asio::awaitable<result<void>> dialer::connect(tcp_stream& stream, origin where, deadline until) {
    if (cancelled_)
        co_return failed(error_kind::cancelled, "cancelled");
    auto const found = co_await addresses(stream.get_executor(), std::move(where), until);
    if (!found)
        co_return found.error();
    error_code ec = asio::error::host_not_found;
    auto left = static_cast<int>(found->size());
    for (auto const& address : *found) {
        if (cancelled_)
            co_return failed(error_kind::cancelled, "cancelled");
        // A silent address must not use up the time of those behind it.
        auto const now = std::chrono::steady_clock::now();
        stream.close();
        stream.expires_at(now + (until - now) / left--);
        co_await stream.async_connect(address, asio::redirect_error(asio::use_awaitable, ec));
        if (!ec) {
            error_code ignored; // it works without
            stream.socket().set_option(tcp::no_delay(true), ignored);
            co_return result<void>{};
        }
    }
    co_return connect_failure(ec);
}

void dialer::cancel() {
    cancelled_ = true;
    if (auto const state = lookup_.lock(); state && !std::exchange(state->ended, true)) {
        state->ec = asio::error::operation_aborted;
        state->done.cancel();
    }
}

} // namespace autoscaler::server::http_client
