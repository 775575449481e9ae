// The life of one connection: the only coroutine of it.
#include "server/http/session.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace autoscaler::server::http {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

// Reads and throws away what a refused client still sends: closing over unread bytes would reset the
// connection and take the answer away from it.
asio::awaitable<void> linger(session& self) {
    error_code ec;
    auto& socket = self.bytes().socket();
    self.arm(self.shared().chosen.limit.linger);
    while (!ec && !self.expired()) {
        co_await socket.async_wait(tcp::socket::wait_read, asio::redirect_error(asio::use_awaitable, ec));
        // One read a turn: a client that sends without end may not keep the others waiting.
        if (!ec)
            socket.read_some(asio::buffer(self.shared().receive_buffer.get(), receive_size), ec);
        if (ec == asio::error::would_block)
            ec = {};
    }
}

// Waits until the client has taken what the socket did not. False where it does not come to that.
asio::awaitable<bool> send_rest(session& self) {
    self.arm(self.shared().chosen.limit.time_to_answer);
    error_code ec;
    bool good = true;
    while (good && self.has_unsent()) {
        co_await self.bytes().socket().async_wait(
            tcp::socket::wait_write, asio::redirect_error(asio::use_awaitable, ec)
        );
        good = !ec && !self.expired() && self.flush_rest();
    }
    co_return good;
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
            if (!self.bytes().pending())
                co_await self.bytes().socket().async_wait(
                    self.bytes().needs(), asio::redirect_error(asio::use_awaitable, ec)
                );
            next = self.on_readable(ec);
            break;
        case session::step::again:
            // Whoever sends a thousand requests at once may not keep the others waiting.
            co_await asio::post(self.bytes().socket().get_executor(), asio::use_awaitable);
            next = self.resume();
            break;
        case session::step::judge: {
            self.disarm();
            auto verdict = co_await self.judge_later();
            next = self.judged(std::move(verdict));
            break;
        }
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
        if (self.has_unsent() && !co_await send_rest(self))
            co_return;
    }
    self.bytes().end_writing();
    if (self.refused() && !self.expired())
        co_await linger(self);
}

} // namespace autoscaler::server::http
