#include "server/relay/lookup.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <set>
#include <system_error>
#include <thread>
#include <utility>

namespace autoscaler::server::relay {

namespace asio = boost::asio;
using std::chrono::milliseconds;

namespace {

// How long the first look at a lookup waits, and the later ones at most.
constexpr milliseconds first_look(1);
constexpr milliseconds last_look(50);

// Shared by who asks and the thread that the C library keeps, which nothing can interrupt: whichever ends
// last frees it.
struct request {
    std::string host;
    looked_up found; // the thread's until `done`
    std::atomic<bool> done = false;
};

std::string text_of(sockaddr const* address) {
    if (address->sa_family == AF_INET) {
        sockaddr_in in{};
        std::memcpy(&in, address, sizeof in);
        return asio::ip::address_v4(ntohl(in.sin_addr.s_addr)).to_string();
    }
    sockaddr_in6 in{};
    std::memcpy(&in, address, sizeof in);
    asio::ip::address_v6::bytes_type bytes{};
    std::memcpy(bytes.data(), &in.sin6_addr, bytes.size());
    return asio::ip::address_v6(bytes, in.sin6_scope_id).to_string();
}

looked_up ask_system(std::string const& host) {
    addrinfo wanted{};
    wanted.ai_socktype = SOCK_STREAM;
    addrinfo* all = nullptr;
    if (int const failure = ::getaddrinfo(host.c_str(), nullptr, &wanted, &all); failure != 0)
        return {{}, ::gai_strerror(failure)};
    std::set<std::string> addresses;
    for (auto const* each = all; each != nullptr; each = each->ai_next)
        if (each->ai_family == AF_INET || each->ai_family == AF_INET6)
            addresses.insert(text_of(each->ai_addr));
    ::freeaddrinfo(all);
    if (addresses.empty())
        return {{}, "it has no address"};
    return {{addresses.begin(), addresses.end()}, ""};
}

class system_lookup final : public name_lookup {
public:
    explicit system_lookup(asio::any_io_executor const& executor) : timer_(executor) {}

    asio::awaitable<looked_up> find(std::string host, milliseconds patience) override;

    void stop() override {
        stopped_ = true;
        timer_.cancel();
    }

private:
    asio::steady_timer timer_;
    std::shared_ptr<request> hanging_; // from an earlier call: no second thread beside it
    bool stopped_ = false;
};

asio::awaitable<looked_up> system_lookup::find(std::string host, milliseconds patience) {
    boost::system::error_code ec;
    if (auto const address = asio::ip::make_address(host, ec); !ec)
        co_return looked_up{{address.to_string()}, ""};
    auto const end = std::chrono::steady_clock::now() + patience;
    if (!hanging_ || hanging_->done) {
        hanging_ = std::make_shared<request>();
        hanging_->host = host;
        try {
            std::thread([asked = hanging_] {
                asked->found = ask_system(asked->host);
                asked->done = true;
            }).detach();
        } catch (std::system_error const& failure) {
            hanging_.reset();
            co_return looked_up{{}, failure.what()};
        }
    }
    auto const asked = hanging_;
    for (auto pause = first_look; !asked->done && !stopped_ && std::chrono::steady_clock::now() < end;
         pause = std::min(pause * 2, last_look)) {
        timer_.expires_after(pause);
        co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, ec));
    }
    if (!asked->done)
        co_return looked_up{{}, "no answer in time"};
    if (hanging_ == asked)
        hanging_.reset();
    if (asked->host != host)
        co_return looked_up{{}, "no answer in time"}; // a lookup of another name was in the way
    co_return std::move(asked->found);
}

} // namespace

std::unique_ptr<name_lookup> make_system_lookup(asio::any_io_executor executor) {
    return std::make_unique<system_lookup>(executor);
}

} // namespace autoscaler::server::relay
