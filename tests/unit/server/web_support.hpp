// A server behind a gate on loopback, and what its tests ask.
#pragma once

#include "server/web/gate.hpp"
#include "support/catch.hpp"
#include "unit/server/http_support.hpp"
#include "unit/server/tls_client.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <atomic>

namespace autoscaler::test {

namespace http = server::http;
namespace web = server::web;
using namespace std::chrono_literals;

inline constexpr char const* users =
    "basic_auth_users: {prom: $2y$04$6kcRCBH/TF4bqiHYRumx5OPst7UfwXqj4KIfHMLaY5oyFBt9dhWEa}\n";
inline constexpr char const* basic_prom = "Authorization: Basic cHJvbTpzZWNyZXQ=\r\n";

inline boost::asio::awaitable<http::response> echo_later(http::request const& asked) {
    for (int i = 0; i < 3; ++i)
        co_await boost::asio::post(co_await boost::asio::this_coro::executor, boost::asio::use_awaitable);
    co_return http::text(200, "later|" + std::string(asked.body));
}

inline http::router routes() {
    http::router made;
    made.add("GET", "/page", [](http::request const&) { return http::text(200, "page"); });
    made.add(
        "GET", "/-/healthy", [](http::request const&) { return http::text(200, "OK"); }, http::right::open
    );
    made.add("GET", "/big", [](http::request const&) {
        return http::text(200, std::string(4 << 20, 'b') + "end");
    });
    made.add(
        "POST",
        "/echo",
        [](http::request const& asked) { return http::text(200, "echo|" + std::string(asked.body)); },
        http::right::ingest
    );
    made.add_async("POST", "/later", echo_later);
    return made;
}

inline std::string get(std::string const& path, std::string const& fields = "Connection: close\r\n") {
    return "GET " + path + " HTTP/1.1\r\nHost: t\r\n" + fields + "\r\n";
}

inline std::string post(std::string const& path, std::string const& body, std::string const& fields = "") {
    return "POST " + path + " HTTP/1.1\r\nHost: t\r\n" + fields +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

// A server with this web configuration.
struct secured {
    explicit secured(std::string const& text, http::limits const& limit = {})
        : file(text), server(routes(), with(limit), [this](auto& io, auto& options) {
            web::gate_options chosen;
            chosen.look_every = 0ms;
            chosen.on_reload = [this](auto const& faults) {
                reload_faults += static_cast<int>(faults.size());
            };
            auto opened = web::gate::open(io.get_executor(), file.path(), chosen);
            for (auto const& each : opened.faults)
                throw std::runtime_error(to_string(each));
            options.gate = std::move(opened.made);
        }) {}

    static http::options with(http::limits const& limit) {
        http::options chosen;
        chosen.limit = limit;
        return chosen;
    }

    std::uint16_t port() const { return server.port(); }

    test_file file;
    std::atomic<int> reload_faults = 0;
    running_server server;
};

// A server with a certificate.
struct tls_files {
    tls_files()
        : own(authority.issue("DNS:localhost,IP:127.0.0.1"))
        , certificate(own.certificate)
        , key(own.key)
        , ca(authority.certificate()) {}

    std::string settings(std::string const& more = "") const {
        return "tls_server_config: {cert_file: " + certificate.path() + ", key_file: " + key.path() + more +
               "}\n";
    }

    std::string clients(std::string const& type, std::string const& more = "") const {
        return settings(", client_auth_type: " + type + ", client_ca_file: " + ca.path() + more);
    }

    tls_manner trusting() const { return {.ca = authority.certificate()}; }

    tls_manner as(identity const& who) const { return {.ca = authority.certificate(), .own = who}; }

    test_authority authority;
    identity own;
    test_file certificate;
    test_file key;
    test_file ca;
};

inline bool is(std::string const& answer, int status) {
    return answer.starts_with("HTTP/1.1 " + std::to_string(status) + " ");
}

} // namespace autoscaler::test
