// The life of one connection: the only coroutine of it.
#include "server/http/session.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

namespace autoscaler::server::http {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

// Reads and throws away what a refused client still sends: closing over unread bytes would reset the
// connection and take the answer away from it.
asio::awaitable<void> linger(session& self) {
    error_code ec;
    self.socket().shutdown(tcp::socket::shutdown_send, ec);
    self.arm(self.shared().chosen.limit.linger);
    while (!ec && !self.expired()) {
        co_await self.socket().async_wait(
            tcp::socket::wait_read, asio::redirect_error(asio::use_awaitable, ec)
        );
        // One read a turn: a client that sends without end may not keep the others waiting.
        if (!ec)
            self.socket().read_some(asio::buffer(self.shared().receive_buffer.get(), receive_size), ec);
        if (ec == asio::error::would_block)
            ec = {};
    }
}

} // namespace

asio::awaitable<void> serve(std::unique_ptr<session> owned) {
    session& self = *owned;
    auto next = session::step::wait;
    while (next != session::step::close) {
        error_code ec;
        switch (next) {
        case session::step::wait:
            self.arm_for_input();
            co_await self.socket().async_wait(
                tcp::socket::wait_read, asio::redirect_error(asio::use_awaitable, ec)
            );
            next = self.on_readable(ec);
            break;
        case session::step::again:
            next = self.resume();
            break;
        case session::step::call: {
            self.disarm();
            response const made = co_await self.call();
            next = self.answered(made);
            break;
        }
        case session::step::close:
            break;
        }
        self.flush();
        if (!self.unsent().empty()) {
            self.arm(self.shared().chosen.limit.time_to_answer);
            co_await asio::async_write(
                self.socket(), asio::buffer(self.unsent()), asio::redirect_error(asio::use_awaitable, ec)
            );
            std::string().swap(self.unsent());
            if (ec || self.expired())
                co_return;
        }
    }
    if (self.refused() && !self.expired())
        co_await linger(self);
}

} // namespace autoscaler::server::http
