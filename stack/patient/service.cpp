#include "stack/patient/service.hpp"

#include "stack/patient/request_meter.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

#include <csignal>
#include <ctime>
#include <exception>
#include <list>
#include <string>
#include <string_view>
#include <utility>

namespace patient {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using boost::system::error_code;
using namespace std::chrono_literals;

constexpr auto idle_limit = 60s;         // How long a kept connection may stay silent.
constexpr auto reply_limit = 10s;        // How long a peer may take to accept a reply.
constexpr auto accept_pause = 100ms;     // After a failed accept: most likely we are out of descriptors.
constexpr auto health_limit = 2s;        // Below the time limit of the image's HEALTHCHECK.
constexpr std::size_t body_limit = 4096; // No request of ours has a body.

constexpr std::string_view health_route = "/actuator/health";
constexpr std::string_view metrics_route = "/actuator/prometheus";

using request = http::request<http::string_body>;
using response = http::response<http::string_body>;

// What a path is counted as. Health checks and scrapes have routes of their own: they are no load on
// patients.
std::string_view route_of(std::string_view path) {
    if (path == "/patient")
        return "/patient";
    if (path.starts_with("/patient/"))
        return "/patient/{id}";
    if (path == health_route)
        return health_route;
    if (path == metrics_route)
        return metrics_route;
    return "/**";
}

response answer(request const& asked, std::string_view route, request_meter const& meter) {
    response reply{http::status::ok, asked.version()};
    reply.set(http::field::content_type, "application/json");
    if (route == "/**") {
        reply.result(http::status::not_found);
        reply.body() = R"({"error":"no such path; try /patient"})";
    } else if (asked.method() != http::verb::get) {
        reply.result(http::status::method_not_allowed);
        reply.set(http::field::allow, "GET");
        reply.body() = R"({"error":"only GET is understood"})";
    } else if (route == metrics_route) {
        reply.set(http::field::content_type, "text/plain; version=0.0.4; charset=utf-8");
        reply.body() = meter.text();
    } else if (route == health_route) {
        reply.body() = R"({"status":"UP"})";
    } else {
        reply.body() = R"({"patient":{"name":"Jane Doe","ward":"4b"},"status":"stable"})";
    }
    return reply;
}

// Uses up so much CPU time of this process, not of the clock on the wall: what a busy machine does not give
// takes longer.
void burn(std::chrono::milliseconds time) {
    auto const until = std::clock() + time.count() * (CLOCKS_PER_SEC / 1000);
    while (std::clock() < until) {
    }
}

// One listener and its connections. A connection lives in the list from its accept to the end of its
// coroutine.
class service {
public:
    service(asio::io_context& io, std::uint16_t port, std::chrono::milliseconds work)
        : acceptor_(io, tcp::endpoint(tcp::v4(), port))
        , pause_(io)
        , signals_(io, SIGTERM, SIGINT)
        , work_(work) {}

    void start() {
        signals_.async_wait([this](error_code failed, int) {
            if (!failed)
                stop();
        });
        asio::co_spawn(acceptor_.get_executor(), accept(), asio::detached);
    }

private:
    struct connection {
        beast::tcp_stream stream;
        bool replying = false;
    };

    void stop() {
        stopping_ = true;
        acceptor_.close();
        pause_.cancel();
        for (auto& open : connections_) {
            if (!open.replying)
                open.stream.cancel();
        }
    }

    asio::awaitable<void> accept() {
        while (!stopping_) {
            error_code failed;
            auto socket = co_await acceptor_.async_accept(asio::redirect_error(asio::use_awaitable, failed));
            if (stopping_)
                break;
            if (failed) {
                pause_.expires_after(accept_pause);
                co_await pause_.async_wait(asio::redirect_error(asio::use_awaitable, failed));
                continue;
            }
            auto const self = connections_.emplace(connections_.end(), beast::tcp_stream(std::move(socket)));
            asio::co_spawn(
                acceptor_.get_executor(),
                converse(*self),
                [this, self](std::exception_ptr const&) { connections_.erase(self); }
            );
        }
    }

    asio::awaitable<void> converse(connection& self) {
        beast::flat_buffer buffer;
        for (bool keep = true; keep && !stopping_;) {
            http::request_parser<http::string_body> parser;
            parser.body_limit(body_limit);
            error_code failed;
            self.stream.expires_after(idle_limit);
            co_await http::async_read(
                self.stream, buffer, parser, asio::redirect_error(asio::use_awaitable, failed)
            );
            if (failed)
                break;
            self.replying = true;
            keep = co_await reply(self, parser.get());
            self.replying = false;
        }
        error_code ignored;
        self.stream.socket().shutdown(tcp::socket::shutdown_both, ignored);
    }

    // Answers and counts one request; false when the connection is to end.
    asio::awaitable<bool> reply(connection& self, request const& asked) {
        auto const began = std::chrono::steady_clock::now();
        std::string_view const target = asked.target();
        auto const route = route_of(target.substr(0, target.find('?')));
        if (route.starts_with("/patient"))
            burn(work_);
        auto result = answer(asked, route, meter_);
        result.keep_alive(asked.keep_alive() && !stopping_);
        result.prepare_payload();
        error_code failed;
        self.stream.expires_after(reply_limit);
        co_await http::async_write(self.stream, result, asio::redirect_error(asio::use_awaitable, failed));
        auto const took = std::chrono::steady_clock::now() - began;
        meter_.count(std::string_view(http::to_string(asked.method())), route, result.result_int(), took);
        co_return !failed && result.keep_alive();
    }

    tcp::acceptor acceptor_;
    asio::steady_timer pause_;
    asio::signal_set signals_;
    std::list<connection> connections_;
    request_meter meter_;
    std::chrono::milliseconds work_;
    bool stopping_ = false;
};

asio::awaitable<void> ask_health(beast::tcp_stream& stream, bool& healthy) {
    stream.expires_after(health_limit);
    error_code failed;
    http::request<http::empty_body> ask{http::verb::get, std::string(health_route), 11};
    ask.set(http::field::host, "localhost");
    ask.keep_alive(false);
    co_await http::async_write(stream, ask, asio::redirect_error(asio::use_awaitable, failed));
    if (failed)
        co_return;
    beast::flat_buffer buffer;
    response got;
    co_await http::async_read(stream, buffer, got, asio::redirect_error(asio::use_awaitable, failed));
    healthy = !failed && got.result() == http::status::ok;
}

} // namespace

void serve(std::uint16_t port, std::chrono::milliseconds work) {
    asio::io_context io{1};
    service one(io, port, work);
    one.start();
    io.run();
}

bool is_healthy(std::uint16_t port) {
    asio::io_context io{1};
    beast::tcp_stream stream(io);
    error_code refused;
    // On loopback a connect is answered or refused at once; the deadline guards what comes after it.
    stream.socket().connect({asio::ip::address_v4::loopback(), port}, refused);
    if (refused)
        return false;
    bool healthy = false;
    asio::co_spawn(io, ask_health(stream, healthy), asio::detached);
    io.run();
    return healthy;
}

} // namespace patient
