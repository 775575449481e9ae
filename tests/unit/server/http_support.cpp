#include "unit/server/http_support.hpp"

#include <arpa/inet.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <charconv>
#include <future>
#include <stdexcept>
#include <thread>

namespace autoscaler::test {

namespace {

std::vector<std::pair<std::string, std::string>> copied(std::span<policy::label const> labels) {
    std::vector<std::pair<std::string, std::string>> result;
    for (auto const& [name, value] : labels)
        result.emplace_back(name, value);
    return result;
}

} // namespace

std::string http_answer::field(std::string_view name) const {
    std::string const start = "\r\n" + std::string(name) + ": ";
    std::size_t const at = head.find(start);
    if (at == std::string::npos)
        return {};
    std::size_t const begin = at + start.size();
    return head.substr(begin, head.find("\r\n", begin) - begin);
}

raw_client::raw_client(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    timeval const limit{20, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_port = htons(port);
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd_, reinterpret_cast<sockaddr*>(&where), sizeof where) != 0)
        throw std::runtime_error("cannot connect to the server under test");
}

raw_client::~raw_client() {
    ::close(fd_);
}

bool raw_client::send(std::string_view bytes) {
    while (!bytes.empty()) {
        ssize_t const sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

void raw_client::end_sending() {
    ::shutdown(fd_, SHUT_WR);
}

bool raw_client::more() {
    char buffer[16384];
    ssize_t const size = ::recv(fd_, buffer, sizeof buffer, 0);
    if (size <= 0)
        return false;
    pending_.append(buffer, static_cast<std::size_t>(size));
    return true;
}

std::string raw_client::read_head() {
    std::size_t end = 0;
    while ((end = pending_.find("\r\n\r\n")) == std::string::npos)
        if (!more())
            return {};
    std::string head = pending_.substr(0, end + 2);
    pending_.erase(0, end + 4);
    return head;
}

http_answer raw_client::read_answer(bool of_head) {
    http_answer result;
    do {
        result.head = read_head();
        if (result.head.size() < 12)
            return result;
        std::from_chars(result.head.data() + 9, result.head.data() + 12, result.status);
    } while (result.status / 100 == 1);
    std::size_t length = 0;
    std::string const announced = result.field("Content-Length");
    std::from_chars(announced.data(), announced.data() + announced.size(), length);
    if (of_head)
        length = 0;
    while (pending_.size() < length && more()) {
    }
    result.body = pending_.substr(0, length);
    pending_.erase(0, length);
    return result;
}

bool raw_client::closed() {
    return pending_.empty() && !more();
}

http_answer ask(std::uint16_t port, std::string_view bytes) {
    raw_client client(port);
    client.send(bytes);
    return client.read_answer(bytes.starts_with("HEAD "));
}

std::string post_request(std::string_view path, std::string_view body, std::string_view content_type) {
    return "POST " + std::string(path) +
           " HTTP/1.1\r\nHost: test\r\nContent-Type: " + std::string(content_type) +
           "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

std::string recording_sink::alert::label(std::string_view name) const {
    for (auto const& [each, value] : labels)
        if (each == name)
            return value;
    return {};
}

server::alert_receipt recording_sink::on_alerts(server::alert_delivery const& delivery) {
    std::lock_guard const lock(mutex_);
    invalid_ += delivery.invalid;
    for (auto const& each : delivery.notices)
        alerts_.push_back(
            {std::string(delivery.api),
             copied(each.labels),
             copied(each.annotations),
             std::string(each.generator_url),
             each.source,
             each.starts_at,
             each.ends_at,
             each.resolved}
        );
    return {};
}

std::vector<recording_sink::alert> recording_sink::take() {
    std::lock_guard const lock(mutex_);
    return std::exchange(alerts_, {});
}

std::size_t recording_sink::take_invalid() {
    std::lock_guard const lock(mutex_);
    return std::exchange(invalid_, 0);
}

struct running_server::parts {
    parts(server::http::router routes, server::http::options chosen, preparation const& prepare)
        : server(io, std::move(routes), prepared(std::move(chosen), prepare)) {}

    server::http::options prepared(server::http::options chosen, preparation const& prepare) {
        if (prepare)
            prepare(io, chosen);
        return chosen;
    }

    boost::asio::io_context io;
    server::http::server server;
    std::future<void> stopped;
    std::thread thread;
};

running_server::running_server(
    server::http::router routes, server::http::options chosen, preparation const& prepare
)
    : parts_(std::make_unique<parts>(std::move(routes), std::move(chosen), prepare)) {
    if (auto const fault = parts_->server.listen("127.0.0.1:0"); !fault.empty())
        throw std::runtime_error(fault);
    port_ = parts_->server.ports().front();
    parts_->thread = std::thread([this] { parts_->io.run(); });
}

running_server::~running_server() {
    if (!parts_->stopped.valid())
        begin_stop(std::chrono::seconds(5));
    parts_->thread.join(); // run() returns when nothing is left to do
}

std::size_t running_server::connections() {
    std::promise<std::size_t> count;
    boost::asio::post(parts_->io, [&] { count.set_value(parts_->server.connections()); });
    return count.get_future().get();
}

std::size_t running_server::buffered() {
    std::promise<std::size_t> count;
    boost::asio::post(parts_->io, [&] { count.set_value(parts_->server.buffered()); });
    return count.get_future().get();
}

void running_server::begin_stop(std::chrono::milliseconds within) {
    parts_->stopped = boost::asio::co_spawn(parts_->io, parts_->server.stop(within), boost::asio::use_future);
}

void running_server::wait_stopped() {
    parts_->stopped.wait();
}

} // namespace autoscaler::test
