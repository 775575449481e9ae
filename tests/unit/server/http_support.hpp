// A server on loopback in a thread of its own, and a client that sends raw bytes: for tests of the HTTP
// rooms.
#pragma once

#include "policy/core/alert.hpp"
#include "server/alertmanager/alert_sink.hpp"
#include "server/http/server.hpp"

#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace autoscaler::test {

struct http_answer {
    int status = 0; // 0: the connection ended without an answer
    std::string head;
    std::string body;

    // The value of a field, or "".
    std::string field(std::string_view name) const;
};

// One connection. Every read ends after 20 s at the latest, as if the connection had ended.
class raw_client {
public:
    explicit raw_client(std::uint16_t port);
    ~raw_client();
    raw_client(raw_client const&) = delete;
    raw_client& operator=(raw_client const&) = delete;

    // False where the server does not take all of it.
    bool send(std::string_view bytes);
    void end_sending();
    // The next answer, interim ones (100) left out.
    http_answer read_answer(bool of_head = false);
    // The next line of text, for interim answers.
    std::string read_head();
    // True when the server closes without another byte.
    bool closed();

private:
    bool more();

    int fd_;
    std::string pending_;
};

// Sends and reads one answer on a fresh connection.
http_answer ask(std::uint16_t port, std::string_view bytes);

// `POST path` with its length.
std::string post_request(
    std::string_view path, std::string_view body, std::string_view content_type = "application/json"
);

// Keeps a copy of every alert that is delivered.
class recording_sink : public server::alert_sink {
public:
    struct alert {
        std::string api;
        std::vector<std::pair<std::string, std::string>> labels;
        std::vector<std::pair<std::string, std::string>> annotations;
        std::string generator_url;
        policy::alert_source source{};
        std::optional<policy::time_point> starts_at;
        std::optional<policy::time_point> ends_at;
        bool resolved = false;

        std::string label(std::string_view name) const;
    };

    server::alert_receipt on_alerts(server::alert_delivery const& delivery) override;
    // What has come since the last call.
    std::vector<alert> take();
    std::size_t take_invalid();

private:
    std::mutex mutex_;
    std::vector<alert> alerts_;
    std::size_t invalid_ = 0;
};

// Listens on 127.0.0.1 until it is destroyed.
class running_server {
public:
    // `prepare` adds to the options what needs the server's io_context.
    using preparation = std::function<void(boost::asio::io_context&, server::http::options&)>;
    running_server(
        server::http::router routes, server::http::options chosen, preparation const& prepare = {}
    );
    ~running_server();
    running_server(running_server const&) = delete;
    running_server& operator=(running_server const&) = delete;

    std::uint16_t port() const { return port_; }

    std::size_t connections();
    std::size_t buffered();
    // Begins a graceful stop; wait_stopped() waits for its end.
    void begin_stop(std::chrono::milliseconds within);
    void wait_stopped();

private:
    struct parts;
    std::unique_ptr<parts> parts_;
    std::uint16_t port_ = 0;
};

} // namespace autoscaler::test
