#include "server/cli/health.hpp"
#include "support/catch.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <sstream>
#include <thread>

using namespace autoscaler::server::cli;
using namespace std::chrono_literals;

namespace {

// A server for one connection: takes the request, says `answer`, closes. Without an answer it stays silent
// until the client goes away.
class one_answer {
public:
    explicit one_answer(std::string answer) : listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* const any = reinterpret_cast<sockaddr*>(&address);
        REQUIRE(::bind(listener_, any, size) == 0);
        REQUIRE(::listen(listener_, 1) == 0);
        REQUIRE(::getsockname(listener_, any, &size) == 0);
        port_ = ntohs(address.sin_port);
        thread_ = std::jthread([this, answer = std::move(answer)] { serve(answer); });
    }

    ~one_answer() {
        thread_.join();
        ::close(listener_);
    }

    one_answer(one_answer const&) = delete;
    one_answer& operator=(one_answer const&) = delete;

    health_options address(std::string path = "") const {
        return {.server = {.host = "127.0.0.1", .port = port_, .path = std::move(path)}, .tls = {}};
    }

    // After the client's return.
    std::string const& request() {
        if (thread_.joinable())
            thread_.join();
        thread_ = std::jthread([] {});
        return request_;
    }

private:
    void serve(std::string const& answer) {
        int const client = ::accept(listener_, nullptr, nullptr);
        char part[1024];
        while (request_.find("\r\n\r\n") == std::string::npos) {
            ssize_t const got = ::recv(client, part, sizeof part, 0);
            if (got <= 0)
                break;
            request_.append(part, static_cast<std::size_t>(got));
        }
        if (!answer.empty())
            static_cast<void>(::send(client, answer.data(), answer.size(), MSG_NOSIGNAL));
        else
            static_cast<void>(::recv(client, part, sizeof part, 0));
        ::close(client);
    }

    int listener_;
    std::uint16_t port_ = 0;
    std::string request_;
    std::jthread thread_;
};

std::string complaint(health_options const& server, std::chrono::milliseconds deadline = 3s) {
    std::ostringstream err;
    CHECK(run_health(server, err, deadline) == 1);
    return err.str();
}

std::string line(health_options const& asked, std::string const& fault) {
    return "unhealthy: " + to_string(asked.server) + "/-/healthy: " + fault + "\n";
}

} // namespace

TEST_CASE("an autoscaler that answers 200 is healthy", "[cli]") {
    one_answer server("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK");
    std::ostringstream err;
    CHECK(run_health(server.address("/scale"), err) == 0);
    CHECK(err.str().empty());
    CHECK(server.request().starts_with("GET /scale/-/healthy HTTP/1.1\r\nHost: 127.0.0.1:"));
}

TEST_CASE("any other answer is unhealthy", "[cli]") {
    one_answer const server("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n");
    CHECK(complaint(server.address()) == line(server.address(), "the answer has status 503"));
}

TEST_CASE("what does not speak HTTP is unhealthy", "[cli]") {
    one_answer const server("SSH-2.0-x\r\n");
    CHECK(complaint(server.address()) == line(server.address(), "the answer is not HTTP: bad version"));
}

TEST_CASE("an endless first line is unhealthy", "[cli]") {
    one_answer const server(std::string(100'000, 'x'));
    CHECK(complaint(server.address()).find("the answer is not HTTP") != std::string::npos);
}

TEST_CASE("silence is unhealthy when the deadline is over", "[cli]") {
    one_answer const server("");
    CHECK(complaint(server.address(), 50ms) == line(server.address(), "no answer in time (50 ms)"));
}

TEST_CASE("a port that nobody listens on is unhealthy", "[cli]") {
    health_options address;
    {
        one_answer const server("x\r\n");
        address = server.address();
        complaint(address); // the server ends with its one connection
    }
    CHECK(complaint(address) == line(address, "Connection refused"));
}

TEST_CASE("a host that does not exist is unhealthy", "[cli]") {
    std::ostringstream err;
    CHECK(run_health({.server = {.host = "300.300.300.300", .port = 1}, .tls = {}}, err, 2s) == 1);
    CHECK(err.str().starts_with("unhealthy: http://300.300.300.300:1/-/healthy: "));
}
