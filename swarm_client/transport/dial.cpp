#include "swarm_client/transport/dial.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <grp.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <array>
#include <tuple>
#include <utility>

namespace autoscaler::swarm::transport {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using address_list = std::vector<asio::generic::stream_protocol::endpoint>;

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

fault cancelled() {
    return {fault_kind::cancelled, "cancelled"};
}

// Who may use the socket: "/run/docker.sock belongs to group docker (998), mode 660".
std::string owner_text(std::string const& path) {
    struct stat status{};
    if (::stat(path.c_str(), &status) != 0)
        return "no permission to enter the directory of " + path;
    std::array<char, 4096> space{};
    group entry{};
    group* found = nullptr;
    std::string const number = std::to_string(status.st_gid);
    std::string name = number;
    if (::getgrgid_r(status.st_gid, &entry, space.data(), space.size(), &found) == 0 && found != nullptr)
        name = std::string(found->gr_name) + " (" + number + ")";
    std::string mode;
    for (unsigned const shift : {6U, 3U, 0U})
        mode += static_cast<char>('0' + ((status.st_mode >> shift) & 7U));
    return path + " belongs to group " + name + ", mode " + mode;
}

fault connect_fault(peer const& where, error_code ec) {
    if (ec == asio::error::operation_aborted)
        return cancelled();
    if (ec == boost::beast::error::timeout || ec == asio::error::timed_out)
        return {fault_kind::timeout, "no connection in time"};
    if (ec == asio::error::access_denied || ec == boost::system::errc::operation_not_permitted)
        return {fault_kind::permission, where.path.empty() ? ec.message() : owner_text(where.path)};
    return {fault_kind::unreachable, ec.message()};
}

fault lookup_fault(peer const& where, error_code ec) {
    if (ec == asio::error::operation_aborted)
        return cancelled();
    if (ec == asio::error::timed_out)
        return {fault_kind::timeout, "no address for \"" + where.host + "\" in time"};
    return {fault_kind::unknown_host, "no address for \"" + where.host + "\": " + ec.message()};
}

// A stream of events is silent for hours, and a host that has lost its power says nothing: half a minute
// shows it, whether we wait for it or it owes us the receipt of what was sent.
void watch_peer(plain_stream& stream) {
    auto& socket = stream.socket();
    error_code ignored; // without these the connection still works
    socket.set_option(tcp::no_delay(true), ignored);
    socket.set_option(asio::socket_base::keep_alive(true), ignored);
    constexpr std::array<std::pair<int, int>, 4> options{{
        {TCP_KEEPIDLE, 15}, // seconds of silence before the first probe
        {TCP_KEEPINTVL, 5},
        {TCP_KEEPCNT, 3},
        {TCP_USER_TIMEOUT, 30'000}, // milliseconds
    }};
    for (auto const& [name, value] : options)
        std::ignore = ::setsockopt(socket.native_handle(), IPPROTO_TCP, name, &value, sizeof value);
}

} // namespace

asio::awaitable<result<address_list>>
dialer::addresses(asio::any_io_executor executor, peer where, deadline until) {
    if (!where.path.empty())
        co_return address_list{asio::local::stream_protocol::endpoint(where.path)};
    error_code ec;
    auto const address = asio::ip::make_address(where.host, ec);
    if (!ec)
        co_return address_list{tcp::endpoint(address, where.port)};

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
        co_return lookup_fault(where, state->ec);
    address_list list;
    for (auto const& entry : state->found)
        list.emplace_back(entry.endpoint());
    co_return list;
}

asio::awaitable<result<void>> dialer::connect(plain_stream& stream, peer where, deadline until) {
    if (cancelled_)
        co_return cancelled();
    auto const found = co_await addresses(stream.get_executor(), where, until);
    if (!found)
        co_return found.error();
    error_code ec = asio::error::host_not_found;
    auto left = static_cast<int>(found->size());
    for (auto const& address : *found) {
        if (cancelled_)
            co_return cancelled();
        // A silent address must not use up the time of those behind it.
        auto const now = std::chrono::steady_clock::now();
        stream.close();
        stream.expires_at(now + (until - now) / left--);
        co_await stream.async_connect(address, asio::redirect_error(asio::use_awaitable, ec));
        if (!ec) {
            if (where.path.empty())
                watch_peer(stream);
            co_return result<void>{};
        }
    }
    co_return connect_fault(where, ec);
}

void dialer::cancel() {
    cancelled_ = true;
    if (auto const state = lookup_.lock(); state && !std::exchange(state->ended, true)) {
        state->ec = asio::error::operation_aborted;
        state->done.cancel();
    }
}

bool at_rest(plain_stream& stream) {
    auto& socket = stream.socket();
    error_code ec;
    char byte = 0;
    socket.non_blocking(true, ec);
    if (!ec)
        socket.receive(asio::buffer(&byte, 1), asio::socket_base::message_peek, ec);
    return ec == asio::error::would_block || ec == asio::error::try_again;
}

} // namespace autoscaler::swarm::transport
