// An engine for tests: listens on a real unix socket or loopback port and answers as the test's script says.
// Lives on the test's io_context, which must outlive it.
#pragma once

#include "support/catch.hpp"
#include "swarm_client/connection.hpp"
#include "swarm_client/endpoint.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace autoscaler::swarm::test {

struct heard_request {
    std::string method;
    std::string target;
    std::string body;
    std::string content_type;
    std::string host;
    bool registry_auth = false;
    std::size_t connection = 0; // the how-many-eth connection of this engine, from 1
};

struct reply {
    enum class then { keep, close, stall };

    std::string bytes; // exactly what goes over the wire
    then afterwards = then::keep;
};

// A complete answer of an engine of that API version.
reply answer_with(unsigned status, std::string const& body, std::string const& api_version = "1.41");

class scripted_engine {
public:
    using script = std::function<reply(heard_request const&)>;
    enum class listens { on_unix_socket, on_loopback };

    scripted_engine(boost::asio::io_context& context, script answers, listens how = listens::on_unix_socket);
    ~scripted_engine();
    scripted_engine(scripted_engine const&) = delete;
    scripted_engine& operator=(scripted_engine const&) = delete;
    scripted_engine(scripted_engine&&) = delete;
    scripted_engine& operator=(scripted_engine&&) = delete;

    endpoint where() const;

    // What it was asked so far, pings left out; and how many connections it accepted.
    std::vector<heard_request> const& requests() const;
    std::size_t connections() const;

    // How it answers pings; by default as an engine of API version 1.41.
    void on_ping(script answers);

    // Ends all connections and stops listening; a unix socket's file is left behind.
    void die();

    // Listens again on the same unix socket, as an engine does that was started anew.
    void revive();

    struct state;

private:
    std::shared_ptr<state> state_;
};

// A directory of this test's own for sockets, removed at the end.
class temporary_directory {
public:
    temporary_directory();
    ~temporary_directory();
    temporary_directory(temporary_directory const&) = delete;
    temporary_directory& operator=(temporary_directory const&) = delete;
    temporary_directory(temporary_directory&&) = delete;
    temporary_directory& operator=(temporary_directory&&) = delete;

    std::string file(std::string const& name) const { return path_ + "/" + name; }

private:
    std::string path_;
};

// Deadlines that a test of silence can wait for.
inline limits impatient() {
    limits bounds;
    bounds.connect = std::chrono::milliseconds(200);
    bounds.ping = std::chrono::milliseconds(200);
    bounds.request = std::chrono::milliseconds(300);
    return bounds;
}

// An endpoint that failed may be tried again at once.
inline limits eager(limits bounds = {}) {
    bounds.first_retry = std::chrono::milliseconds(0);
    return bounds;
}

// Runs the context until `finished`; a test that hangs fails after this long.
void run_until(boost::asio::io_context& context, std::function<bool()> const& finished);

// Runs the context until the coroutine has returned.
template<class T>
T run(boost::asio::io_context& context, boost::asio::awaitable<T> task) {
    std::optional<T> outcome;
    std::exception_ptr thrown;
    boost::asio::co_spawn(context, std::move(task), [&](std::exception_ptr failure, T value) {
        thrown = failure;
        outcome.emplace(std::move(value));
    });
    run_until(context, [&] { return outcome.has_value(); });
    if (thrown)
        std::rethrow_exception(thrown);
    return std::move(*outcome);
}

} // namespace autoscaler::swarm::test
