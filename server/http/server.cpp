#include "server/http/server.hpp"

#include "server/http/session.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <charconv>
#include <ctime>

namespace autoscaler::server::http {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr std::chrono::milliseconds shortest_tick{5};
constexpr std::chrono::milliseconds longest_tick{500};

constexpr int most_accepted_at_once = 64;

// How long a listener rests that cannot accept, for want of file descriptors as a rule.
constexpr std::chrono::milliseconds accept_pause{100};

// After the deadline of stop(): time for coroutines whose socket was closed to come to their end.
constexpr std::chrono::milliseconds last_grace{1000};

constexpr std::string_view busy = "HTTP/1.1 503 Service Unavailable\r\n"
                                  "Content-Type: text/plain; charset=utf-8\r\n"
                                  "Content-Length: 50\r\n"
                                  "Connection: close\r\n\r\n"
                                  "503 Service Unavailable: too many open connections";

// Deadlines are looked at by one timer for all connections: a timer each would cost every request.
std::chrono::milliseconds tick_for(limits const& limit) {
    auto const shortest =
        std::min({limit.time_to_head, limit.time_to_body, limit.time_to_answer, limit.idle, limit.linger});
    return std::clamp(shortest / 4, shortest_tick, longest_tick);
}

// What ends one connection is no matter of the others.
void ignore(std::exception_ptr const&) {}

void admit(std::shared_ptr<core> const& owner, tcp::socket socket) {
    error_code ec;
    socket.non_blocking(true, ec);
    auto const tls = owner->chosen.gate ? owner->chosen.gate->tls() : nullptr;
    if (owner->sessions.size() >= owner->chosen.limit.connections) {
        if (tls == nullptr) // a handshake would cost more than the connection is to get
            socket.write_some(asio::buffer(busy), ec);
        return;
    }
    socket.set_option(tcp::no_delay(true), ec);
    // A session leaves core::sessions when its coroutine ends; stop() waits for that.
    asio::co_spawn(owner->io, serve(std::make_unique<session>(owner, std::move(socket), tls)), ignore);
}

// The others that wait already: one a turn would take long where each connection makes much of its turn.
void accept_waiting(std::shared_ptr<core> const& owner, tcp::acceptor& acceptor) {
    for (int i = 0; i < most_accepted_at_once; ++i) {
        error_code ec;
        tcp::socket socket = acceptor.accept(ec);
        if (ec)
            return; // none, as a rule; the next wait tells of anything else
        admit(owner, std::move(socket));
    }
}

asio::awaitable<void> accept_all(std::shared_ptr<core> owner, tcp::acceptor& acceptor) {
    while (acceptor.is_open()) {
        error_code ec;
        tcp::socket socket = co_await acceptor.async_accept(asio::redirect_error(asio::use_awaitable, ec));
        if (!acceptor.is_open())
            co_return;
        if (ec) {
            if (owner->chosen.on_fault)
                owner->chosen.on_fault("cannot accept a connection: " + ec.message());
            asio::steady_timer pause(owner->io, accept_pause);
            co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, ec));
            continue;
        }
        admit(owner, std::move(socket));
        accept_waiting(owner, acceptor);
    }
}

struct host_and_port {
    std::string host; // "" = every address
    std::uint16_t port = 0;
};

// Returns what is wrong, or "".
std::string split(std::string_view address, host_and_port& parts) {
    std::size_t const colon = address.rfind(':');
    std::string_view host = address.substr(0, colon);
    std::string_view const port = colon == std::string_view::npos ? "" : address.substr(colon + 1);
    auto const [end, fault] = std::from_chars(port.data(), port.data() + port.size(), parts.port);
    bool const bracketed = host.starts_with('[') && host.ends_with(']');
    if (port.empty() || fault != std::errc{} || end != port.data() + port.size() ||
        (!bracketed && host.find(':') != std::string_view::npos))
        return "expected HOST:PORT, :PORT or [IPv6]:PORT, such as \":9093\"";
    if (bracketed)
        host = host.substr(1, host.size() - 2);
    parts.host = host;
    return {};
}

std::string open(tcp::acceptor& acceptor, tcp::endpoint const& where) {
    error_code ec;
    acceptor.open(where.protocol(), ec);
    if (!ec)
        acceptor.set_option(tcp::acceptor::reuse_address(true), ec);
    if (!ec && where.address().is_v6() && where.address().is_unspecified())
        acceptor.set_option(asio::ip::v6_only(false), ec);
    if (!ec)
        acceptor.bind(where, ec);
    if (!ec)
        acceptor.listen(tcp::acceptor::max_listen_connections, ec);
    if (!ec)
        acceptor.non_blocking(true, ec); // for accept_waiting()
    return ec ? ec.message() : std::string{};
}

} // namespace

core::core(asio::io_context& context, router chosen_routes, options chosen_options)
    : io(context)
    , routes(std::move(chosen_routes))
    , chosen(std::move(chosen_options))
    , sweep(context)
    , drained(context)
    , receive_buffer(std::make_unique_for_overwrite<char[]>(receive_size + body_padding))
    , tick_(tick_for(chosen.limit)) {
    refresh_date();
}

void core::enter(session& one) {
    one.index = sessions.size();
    sessions.push_back(&one);
}

void core::leave(session& one) {
    sessions.back()->index = one.index;
    sessions[one.index] = sessions.back();
    sessions.pop_back();
    if (sessions.empty() && stopping)
        drained.cancel();
}

void core::refresh_date() {
    auto const now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    if (now == dated_)
        return;
    dated_ = now;
    std::time_t const seconds = std::chrono::system_clock::to_time_t(now);
    std::tm parts{};
    if (gmtime_r(&seconds, &parts) == nullptr)
        return;
    // RFC 9110, 5.6.7; the names of the days do not follow the locale, since we never set one.
    std::array<char, 40> written{};
    date.assign(
        written.data(), std::strftime(written.data(), written.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts)
    );
}

// A cancelled timer may have its handler under way already, which would wind it up again.
void core::end_sweeping() {
    swept_ = true;
    sweep.cancel();
}

void core::sweep_later() {
    if (swept_)
        return;
    sweep.expires_after(tick_);
    sweep.async_wait([self = weak_from_this()](error_code ec) {
        auto const alive = self.lock();
        if (!ec && alive)
            alive->sweep_now();
    });
}

void core::sweep_now() {
    refresh_date();
    auto const now = session::clock::now();
    for (auto* const each : sessions)
        each->expire_if_due(now);
    sweep_later();
}

void core::close_listeners() {
    error_code ignored;
    for (auto& each : acceptors)
        each->close(ignored);
}

server::server(asio::io_context& io, router routes, options chosen)
    : core_(std::make_shared<core>(io, std::move(routes), std::move(chosen))) {
    core_->sweep_later();
}

server::~server() {
    core_->close_listeners();
    core_->end_sweeping();
    for (auto* const each : core_->sessions)
        each->cut_off();
    if (core_->chosen.gate)
        core_->chosen.gate->stop();
    core_->chosen.gate.reset(); // its owner may destroy it before the last coroutine ends
}

std::string server::listen(std::string_view address) {
    std::string const label = "cannot listen on \"" + std::string(address) + "\": ";
    host_and_port parts;
    if (auto const fault = split(address, parts); !fault.empty())
        return label + fault;

    std::vector<tcp::endpoint> places;
    error_code ec;
    if (parts.host.empty()) {
        places.emplace_back(asio::ip::address_v6::any(), parts.port);
        places.emplace_back(asio::ip::address_v4::any(), parts.port); // where the kernel has no IPv6
    } else if (auto const literal = asio::ip::make_address(parts.host, ec); !ec) {
        places.emplace_back(literal, parts.port);
    } else {
        tcp::resolver resolver(core_->io);
        for (auto const& found : resolver.resolve(parts.host, std::to_string(parts.port), ec))
            places.push_back(found.endpoint());
        if (ec)
            return label + ec.message();
    }

    std::string fault;
    for (auto const& place : places) {
        auto acceptor = std::make_unique<tcp::acceptor>(core_->io);
        fault = open(*acceptor, place);
        if (!fault.empty())
            continue;
        core_->acceptors.push_back(std::move(acceptor));
        asio::co_spawn(core_->io, accept_all(core_, *core_->acceptors.back()), ignore);
        return {};
    }
    return label + fault;
}

std::vector<std::uint16_t> server::ports() const {
    std::vector<std::uint16_t> found;
    for (auto const& each : core_->acceptors) {
        error_code ec;
        found.push_back(each->local_endpoint(ec).port());
    }
    return found;
}

std::size_t server::connections() const {
    return core_->sessions.size();
}

std::size_t server::buffered() const {
    return core_->buffered;
}

asio::awaitable<void> server::stop(std::chrono::milliseconds within) {
    auto const self = core_;
    self->stopping = true;
    self->close_listeners();
    for (auto* const each : self->sessions)
        each->stop_if_idle();

    error_code ec;
    self->drained.expires_after(within);
    if (!self->sessions.empty())
        co_await self->drained.async_wait(asio::redirect_error(asio::use_awaitable, ec));
    for (auto* const each : self->sessions)
        each->cut_off();
    if (self->chosen.gate)
        self->chosen.gate->stop();
    self->drained.expires_after(last_grace);
    if (!self->sessions.empty())
        co_await self->drained.async_wait(asio::redirect_error(asio::use_awaitable, ec));
    self->end_sweeping();
}

} // namespace autoscaler::server::http
