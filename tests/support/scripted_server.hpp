// A server on loopback that answers as the test's script says, plain or TLS, and what tests of the outgoing
// client need besides. Lives on the test's io_context, which must outlive it.
#pragma once

#include "server/http_client/message.hpp"
#include "support/catch.hpp"
#include "support/test_authority.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Results in the messages of failed checks: what went wrong, instead of a value that has no text.
template<class T>
struct Catch::StringMaker<autoscaler::server::http_client::result<T>> {
    static std::string convert(autoscaler::server::http_client::result<T> const& outcome) {
        return outcome ? "a value" : "error: " + describe(outcome.error());
    }
};

namespace autoscaler::test {

struct heard_request {
    std::string method;
    std::string target;
    std::string body;
    std::vector<std::pair<std::string, std::string>> headers;
    std::size_t connection = 0; // the how-many-eth connection of this server, from 1

    // The value of a header, or "".
    std::string header(std::string_view name) const;
    bool holds(std::string_view text) const; // anywhere
};

struct scripted_reply {
    enum class then { keep, close, stall };

    std::string bytes; // exactly what goes over the wire
    then afterwards = then::keep;
};

scripted_reply answer_with(unsigned status, std::string const& body, std::string const& fields = "");

struct tls_setting {
    identity own;
    std::string client_ca; // not empty: clients need a certificate of this authority
    int only_version = 0;  // of TLS, as OpenSSL numbers them; 0 = what it likes
};

class scripted_server {
public:
    using script = std::function<scripted_reply(heard_request const&)>;

    scripted_server(
        boost::asio::io_context& context,
        script answers,
        std::optional<tls_setting> tls = std::nullopt,
        std::string const& address = "127.0.0.1"
    );
    ~scripted_server();
    scripted_server(scripted_server const&) = delete;
    scripted_server& operator=(scripted_server const&) = delete;

    std::uint16_t port() const;
    // "http://127.0.0.1:PORT" or "https://..." with this host.
    std::string url(std::string_view host = "127.0.0.1") const;

    std::vector<heard_request> const& requests() const;
    std::size_t connections() const;

    // Ends all connections, and goes on listening.
    void drop_connections();
    // Ends all connections and stops listening: the port refuses from now on.
    void die();

    struct state;

private:
    std::shared_ptr<state> state_;
};

// A file of this test's own, removed at the end.
class test_file {
public:
    explicit test_file(std::string_view content);
    ~test_file();
    test_file(test_file const&) = delete;
    test_file& operator=(test_file const&) = delete;

    std::string const& path() const { return path_; }

    void write(std::string_view content) const;

private:
    std::string path_;
};

// Runs the context until `finished`; a test that hangs fails after this long.
void run_until(boost::asio::io_context& context, std::function<bool()> const& finished);

// Runs the context until the coroutine has returned.
template<class T>
T run(boost::asio::io_context& context, boost::asio::awaitable<T> task) {
    std::optional<T> outcome;
    std::exception_ptr thrown;
    bool done = false;
    boost::asio::co_spawn(context, std::move(task), [&](std::exception_ptr failure, T value) {
        thrown = failure;
        outcome.emplace(std::move(value));
        done = true;
    });
    run_until(context, [&] { return done; });
    if (thrown)
        std::rethrow_exception(thrown);
    return std::move(*outcome);
}

} // namespace autoscaler::test
