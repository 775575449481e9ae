#include "server/cli/health.hpp"

#include "server/cli/command_line.hpp"
#include "server/text/utf8.hpp"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <ostream>
#include <string>
#include <system_error>

namespace autoscaler::server::cli {

namespace {

using steady = std::chrono::steady_clock;

constexpr std::size_t longest_answer = 4096; // the status line is all that counts

std::string system_words(int number) {
    return std::generic_category().message(number);
}

// One question to the resolver, which answers in a thread of the C library.
struct lookup {
    explicit lookup(http_address const& server) : host(server.host), port(std::to_string(server.port)) {
        hints.ai_socktype = SOCK_STREAM;
        request.ar_name = host.c_str();
        request.ar_service = port.c_str();
        request.ar_request = &hints;
    }

    ~lookup() {
        if (request.ar_result != nullptr)
            ::freeaddrinfo(request.ar_result);
    }

    lookup(lookup const&) = delete;
    lookup& operator=(lookup const&) = delete;

    std::string host;
    std::string port;
    addrinfo hints{};
    gaicb request{};
};

class health_request {
public:
    health_request(http_address const& server, std::chrono::milliseconds deadline)
        : server_(server), end_(steady::now() + deadline) {}

    ~health_request() { close(); }

    health_request(health_request const&) = delete;
    health_request& operator=(health_request const&) = delete;

    // "" = healthy, else what is wrong.
    std::string run();

private:
    std::chrono::milliseconds left() const {
        auto const time = std::chrono::ceil<std::chrono::milliseconds>(end_ - steady::now());
        return std::max(time, std::chrono::milliseconds(0));
    }

    std::string resolve();
    std::string connect();
    std::string connect_to(addrinfo const& address);
    std::string exchange();
    std::string wait_for(short what) const;
    void close();

    http_address const& server_;
    steady::time_point end_;
    std::unique_ptr<lookup> found_;
    int socket_ = -1;
};

// getaddrinfo() itself has no deadline.
std::string health_request::resolve() {
    found_ = std::make_unique<lookup>(server_);
    std::array<gaicb*, 1> requests{&found_->request};
    int problem = ::getaddrinfo_a(GAI_NOWAIT, requests.data(), 1, nullptr);
    while (problem == 0 && (problem = ::gai_error(&found_->request)) == EAI_INPROGRESS) {
        auto const time = left();
        if (time.count() == 0) {
            // The thread that still asks writes into the request, so it must outlive us where it cannot be
            // called off; the process ends soon.
            if (::gai_cancel(&found_->request) != EAI_CANCELED)
                static_cast<void>(found_.release()); // NOLINT(bugprone-unused-return-value)
            return "the name was not resolved in time";
        }
        timespec const wait{.tv_sec = time.count() / 1000, .tv_nsec = time.count() % 1000 * 1'000'000};
        std::array<gaicb const*, 1> const waiting{&found_->request};
        ::gai_suspend(waiting.data(), 1, &wait);
        problem = 0;
    }
    return problem == 0 ? std::string{} : ::gai_strerror(problem);
}

std::string health_request::wait_for(short what) const {
    for (;;) {
        pollfd waiting{.fd = socket_, .events = what, .revents = 0};
        int const ready = ::poll(&waiting, 1, static_cast<int>(left().count()));
        if (ready > 0)
            return {};
        if (ready == 0)
            return "no answer in time";
        if (errno != EINTR)
            return system_words(errno);
    }
}

std::string health_request::connect_to(addrinfo const& address) {
    socket_ =
        ::socket(address.ai_family, address.ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, address.ai_protocol);
    if (socket_ < 0)
        return system_words(errno);
    if (::connect(socket_, address.ai_addr, address.ai_addrlen) == 0)
        return {};
    if (errno != EINPROGRESS)
        return system_words(errno);
    if (auto fault = wait_for(POLLOUT); !fault.empty())
        return fault;
    int problem = 0;
    socklen_t size = sizeof problem;
    ::getsockopt(socket_, SOL_SOCKET, SO_ERROR, &problem, &size);
    return problem == 0 ? std::string{} : system_words(problem);
}

std::string health_request::connect() {
    std::string fault = "no address";
    for (auto const* each = found_->request.ar_result; each != nullptr; each = each->ai_next) {
        fault = connect_to(*each);
        if (fault.empty())
            return {};
        close();
    }
    return fault;
}

std::string health_request::exchange() {
    bool const brackets = server_.host.find(':') != std::string::npos;
    std::string const host = brackets ? "[" + server_.host + "]" : server_.host;
    std::string const request = "GET " + server_.path + "/-/healthy HTTP/1.1\r\nHost: " + host + ":" +
                                std::to_string(server_.port) +
                                "\r\nUser-Agent: swarm-autoscaler-health\r\nConnection: close\r\n\r\n";
    // A new connection's send buffer takes a request of this size whole.
    ssize_t const sent = ::send(socket_, request.data(), request.size(), MSG_NOSIGNAL);
    if (sent != static_cast<ssize_t>(request.size()))
        return sent < 0 ? system_words(errno) : "the request was not sent whole";

    std::string answer;
    std::array<char, 1024> part{};
    while (answer.find("\r\n") == std::string::npos && answer.size() < longest_answer) {
        if (auto fault = wait_for(POLLIN); !fault.empty())
            return fault;
        ssize_t const got = ::recv(socket_, part.data(), part.size(), 0);
        if (got == 0)
            return "the connection was closed without an answer";
        if (got < 0)
            return system_words(errno);
        answer.append(part.data(), static_cast<std::size_t>(got));
    }
    std::string const status = answer.substr(0, answer.find("\r\n"));
    bool const http = status.starts_with("HTTP/1.") && status.size() >= 12 && status[8] == ' ';
    if (http && status.compare(9, 3, "200") == 0)
        return {};
    return (http ? "the answer is " : "the answer is not HTTP: ") + text::in_quotes(status);
}

void health_request::close() {
    if (socket_ >= 0)
        ::close(socket_);
    socket_ = -1;
}

std::string health_request::run() {
    if (auto fault = resolve(); !fault.empty())
        return fault;
    if (auto fault = connect(); !fault.empty())
        return fault;
    return exchange();
}

} // namespace

int run_health(http_address const& server, std::ostream& err, std::chrono::milliseconds deadline) {
    std::string const fault = health_request(server, deadline).run();
    if (fault.empty())
        return 0;
    err << "unhealthy: " << to_string(listen_address{.host = server.host, .port = server.port}) << server.path
        << "/-/healthy: " << fault << '\n';
    return exit_failed;
}

} // namespace autoscaler::server::cli
