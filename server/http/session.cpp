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

// The shared receive buffer: a batch of 1000 alerts lies in it whole. Pages that no request ever fills cost
// no memory.
constexpr std::size_t receive_size = std::size_t{1} << 20U;

// Pipelined requests are answered together, until this much is to be sent.
constexpr std::size_t most_unsent = std::size_t{256} << 10U;

} // namespace

session::session(std::shared_ptr<core> owner, tcp::socket socket)
    : owner_(std::move(owner)), core_(*owner_), socket_(std::move(socket)) {
    core_.enter(*this);
}

session::~session() {
    core_.leave(*this);
}

std::size_t session::read(char* to, std::size_t most, error_code& ec) {
    return socket_.read_some(asio::buffer(to, most), ec);
}

session::step session::on_readable(error_code waited) {
    waiting_ = false;
    if (expired_ && !idle())
        return refuse(408, "408 Request Timeout");
    if (expired_ || (waited && !core_.stopping))
        return step::close;

    bool const shared = own_.size() == 0;
    if (shared && core_.receive_buffer == nullptr)
        core_.receive_buffer = std::make_unique_for_overwrite<char[]>(receive_size + body_padding);
    std::size_t room = receive_size;
    char* const to = shared ? core_.receive_buffer.get() : own_.room(room);
    error_code ec;
    std::size_t const size = read(to, room, ec);
    if (ec)
        return at_end(ec);
    if (shared)
        return process(to, size, true);
    own_.grown(size);
    return resume();
}

session::step session::resume() {
    return process(own_.data(), own_.size(), false);
}

session::step session::at_end(error_code ec) {
    if (ec == asio::error::would_block || ec == asio::error::try_again)
        return core_.stopping && idle() ? step::close : step::wait;
    if (ec == asio::error::eof && reader_.where() == request_reader::state::body)
        return refuse(400, "400 Bad Request: the connection ended before the body did");
    return step::close;
}

session::step session::process(char* data, std::size_t size, bool in_shared) {
    std::size_t at = 0;
    for (;;) {
        std::size_t rest = size - at;
        switch (reader_.advance(data + at, rest, core_.parser, core_.chosen.limit)) {
        case request_reader::state::idle:
        case request_reader::state::head:
        case request_reader::state::body:
            if (reader_.take_expectation())
                core_.out += "HTTP/1.1 100 Continue\r\n\r\n";
            if (in_shared && rest != 0 && at + rest < receive_size) {
                // More may have come meanwhile: reading it behind the rest saves the copy.
                error_code ec;
                std::size_t const more = read(data + at + rest, receive_size - at - rest, ec);
                if (!ec) {
                    size = at + rest + more;
                    continue;
                }
            }
            own_.keep(data + at, rest);
            return idle() && core_.stopping ? step::close : step::wait;
        case request_reader::state::refused:
            return refuse(reader_.status(), core_.parser.why());
        case request_reader::state::complete:
            break;
        }
        auto const next = complete(data, size, at);
        if (next != step::again)
            return next;
        if (core_.out.size() > most_unsent) {
            own_.keep(data + at, size - at);
            return step::again;
        }
    }
}

// Answers the request at `at` and moves behind it.
session::step session::complete(char* data, std::size_t size, std::size_t& at) {
    first_ = false;
    armed_for_ = request_reader::state::complete; // the next wait has a deadline of its own
    request asked = core_.parser.head();
    body_size_ = asked.body.size();
    head_only_ = asked.method == "HEAD";
    auto chosen = core_.routes.choose(asked);
    if (chosen.found != nullptr && !chosen.found->now) {
        called_ = chosen.found;
        own_.keep(data + at, size - at);
        return step::call;
    }
    bool const keep = reader_.keep_alive() && !core_.stopping;
    if (chosen.found != nullptr) {
        auto const made = run(*chosen.found, asked);
        answer(made, chosen.found->pattern, keep && !made.close);
        at += reader_.consumed();
        bool const goes_on = keep && !made.close;
        reader_.restart();
        return goes_on ? step::again : step::close;
    }
    answer(chosen.refusal, {}, keep);
    at += reader_.consumed();
    reader_.restart();
    return keep ? step::again : step::close;
}

response session::run(route const& found, request const& asked) {
    try {
        return found.now(asked);
    } catch (std::exception const& fault) {
        if (core_.chosen.on_fault)
            core_.chosen.on_fault("handler of " + found.pattern + " failed: " + fault.what());
        return text(500, "500 Internal Server Error");
    }
}

void session::answer(response const& what, std::string_view pattern, bool keep_alive) {
    framing const how{keep_alive, reader_.http_1_0(), head_only_};
    append(core_.out, what, how, core_.date);
    if (core_.chosen.on_answer)
        core_.chosen.on_answer(pattern, what.status);
}

session::step session::refuse(unsigned status, std::string why) {
    refused_ = true;
    head_only_ = false;
    answer(text(status, std::move(why)), {}, false);
    return step::close;
}

asio::awaitable<response> session::call() {
    // Others use the shared buffer and table meanwhile: the request moves to memory of its own. Its bytes are
    // in own_.
    called_head_ = std::make_unique<head_parser>();
    request asked;
    std::size_t const head = reader_.head_size();
    called_head_->parse({own_.data(), head}, core_.chosen.limit.fields);
    asked = called_head_->head();
    asked.body = {own_.data() + head, body_size_};
    core_.routes.choose(asked); // sets the views of the path anew

    response made;
    try {
        made = co_await called_->later(asked);
    } catch (std::exception const& fault) {
        if (core_.chosen.on_fault)
            core_.chosen.on_fault("handler of " + called_->pattern + " failed: " + fault.what());
        made = text(500, "500 Internal Server Error");
    }
    co_return made;
}

session::step session::answered(response const& made) {
    bool const keep = reader_.keep_alive() && !core_.stopping && !made.close;
    answer(made, called_->pattern, keep);
    called_head_.reset();
    called_ = nullptr;
    own_.keep(own_.data() + reader_.consumed(), own_.size() - reader_.consumed());
    reader_.restart();
    return keep ? step::again : step::close;
}

void session::flush() {
    std::string_view rest = core_.out;
    error_code ec;
    while (!rest.empty() && !ec)
        rest.remove_prefix(socket_.write_some(asio::buffer(rest.data(), rest.size()), ec));
    if (ec == asio::error::would_block || ec == asio::error::try_again)
        unsent_.assign(rest);
    core_.out.clear(); // any other error: the next read tells
}

void session::arm(std::chrono::milliseconds limit) {
    deadline_ = clock::now() + limit;
    armed_for_ = request_reader::state::complete;
}

void session::disarm() {
    deadline_ = clock::time_point::max();
    armed_for_ = request_reader::state::complete;
}

// The clock of a phase starts once: bytes that trickle in do not wind it up again.
void session::arm_for_input() {
    waiting_ = true;
    auto const phase = reader_.where();
    if (phase == armed_for_)
        return;
    auto const& limit = core_.chosen.limit;
    switch (phase) {
    case request_reader::state::idle:
        arm(first_ ? limit.time_to_head : limit.idle);
        break;
    case request_reader::state::body:
        arm(limit.time_to_body);
        break;
    default:
        if (!(first_ && armed_for_ == request_reader::state::idle)) // a first head is on time since accept
            arm(limit.time_to_head);
    }
    armed_for_ = phase;
}

void session::expire_if_due(clock::time_point now) {
    if (now < deadline_)
        return;
    expired_ = true;
    disarm();
    error_code ignored;
    socket_.cancel(ignored);
}

void session::stop_if_idle() {
    error_code ignored;
    if (waiting_ && idle())
        socket_.cancel(ignored);
}

void session::cut_off() {
    expired_ = true;
    error_code ignored;
    socket_.close(ignored);
}

// Reads and throws away what a refused client still sends: closing over unread bytes would reset the
// connection and take the answer away from it.
static asio::awaitable<void> linger(session& self) {
    core& owner = self.shared();
    error_code ec;
    self.socket().shutdown(tcp::socket::shutdown_send, ec);
    self.arm(owner.chosen.limit.linger);
    while (!ec) {
        co_await self.socket().async_wait(
            tcp::socket::wait_read, asio::redirect_error(asio::use_awaitable, ec)
        );
        while (!ec)
            self.socket().read_some(asio::buffer(owner.receive_buffer.get(), receive_size), ec);
        if (ec == asio::error::would_block && !self.expired())
            ec = {};
    }
}

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
