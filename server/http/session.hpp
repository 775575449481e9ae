// One connection. Private to server/http: only server.cpp and session.cpp include it.
//
// It waits until its socket is readable and reads into the one receive buffer of the server; a request that
// lies there whole is handled in place, and only an incomplete one is copied to memory of its own. Reads and
// writes are tried without waiting first, so a TLS stream can take the socket's place behind the same three
// calls.
#pragma once

#include "server/http/byte_buffer.hpp"
#include "server/http/request_reader.hpp"
#include "server/http/server.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

namespace autoscaler::server::http {

class session;

// What all connections of a server share.
class core : public std::enable_shared_from_this<core> {
public:
    core(boost::asio::io_context& io, router routes, options chosen);

    void accept_from(boost::asio::ip::tcp::acceptor& acceptor);
    void close_listeners();
    void enter(session& one);
    void leave(session& one);
    // Ends the timer of the deadlines, for good.
    void end_sweeping();
    void sweep_later();
    void refresh_date();

    boost::asio::io_context& io;
    router routes;
    options chosen;
    std::vector<std::unique_ptr<boost::asio::ip::tcp::acceptor>> acceptors;
    std::vector<session*> sessions; // each is owned by its serve()
    bool stopping = false;
    boost::asio::steady_timer sweep;
    boost::asio::steady_timer drained; // cancelled when the last session leaves

    // Used between two suspensions only, hence by one session at a time.
    std::unique_ptr<char[]> receive_buffer;
    std::string out;
    head_parser parser;
    std::string date;

private:
    void sweep_now();

    bool swept_ = false; // end_sweeping() was called
    std::chrono::milliseconds tick_;
    std::chrono::sys_seconds dated_;
};

class session {
public:
    using clock = std::chrono::steady_clock;

    enum class step {
        wait,  // for more bytes
        again, // whole requests may still lie in memory
        call,  // an asynchronous handler
        close
    };

    session(std::shared_ptr<core> owner, boost::asio::ip::tcp::socket socket);
    ~session();
    session(session const&) = delete;
    session& operator=(session const&) = delete;

    // Reads what is there and answers every request that is whole, into core::out.
    step on_readable(boost::system::error_code waited);
    // The same with what is left in memory.
    step resume();
    // The asynchronous handler that step::call stands for, and its answer.
    boost::asio::awaitable<response> call();
    step answered(response const& made);

    // Sends core::out as far as the socket takes it. What is left waits in unsent().
    void flush();

    std::string& unsent() { return unsent_; }

    void arm_for_input();
    void arm(std::chrono::milliseconds limit);
    void disarm();
    void expire_if_due(clock::time_point now);
    // The server stops: ends the wait for a next request.
    void stop_if_idle();
    void cut_off();

    core& shared() { return core_; }

    bool refused() const { return refused_; }

    bool expired() const { return expired_; }

    boost::asio::ip::tcp::socket& socket() { return socket_; }

    std::size_t index = 0; // in core::sessions

private:
    bool idle() const { return reader_.where() == request_reader::state::idle; }

    std::size_t read(char* to, std::size_t most, boost::system::error_code& ec);
    step process(char* data, std::size_t size, bool in_shared);
    step complete(char* data, std::size_t size, std::size_t& at);
    void answer(response const& what, std::string_view pattern, bool keep_alive);
    step refuse(unsigned status, std::string why);
    step at_end(boost::system::error_code ec);
    response run(route const& found, request const& asked);

    std::shared_ptr<core> owner_;
    core& core_;
    boost::asio::ip::tcp::socket socket_;
    request_reader reader_;
    byte_buffer own_;
    std::string unsent_;
    std::size_t body_size_ = 0; // of the request that is answered
    std::unique_ptr<head_parser>
        called_head_; // the table of fields of a request whose handler is asynchronous
    route const* called_ = nullptr;
    clock::time_point deadline_ = clock::time_point::max();
    request_reader::state armed_for_ = request_reader::state::complete; // the phase that deadline_ belongs to
    bool head_only_ = false;                                            // the request is HEAD
    bool first_ = true;                                                 // no request yet
    bool waiting_ = false;                                              // for bytes
    bool expired_ = false;
    bool refused_ = false;
};

// The life of one connection.
boost::asio::awaitable<void> serve(std::unique_ptr<session> owned);

} // namespace autoscaler::server::http
