// One connection. Private to server/http: only server.cpp and session.cpp include it.
//
// It waits until its socket is readable and reads into the one receive buffer of the server; a request that
// lies there whole is handled in place, and only an incomplete one is copied to memory of its own. Reads and
// writes are tried without waiting first, whether the stream is plain or TLS.
#pragma once

#include "server/http/byte_buffer.hpp"
#include "server/http/request_reader.hpp"
#include "server/http/server.hpp"
#include "server/http/stream.hpp"

#include <boost/asio/steady_timer.hpp>

namespace autoscaler::server::http {

class session;

// The shared receive buffer: a batch of 1000 alerts lies in it whole. Pages that no request ever fills cost
// no memory.
inline constexpr std::size_t receive_size = std::size_t{1} << 20U;

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
    std::size_t buffered = 0;          // bytes that sessions hold

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
        judge, // the gate takes its time
        call,  // an asynchronous handler
        close
    };

    session(
        std::shared_ptr<core> owner,
        boost::asio::ip::tcp::socket socket,
        std::shared_ptr<ssl_ctx_st> const& tls
    );
    ~session();
    session(session const&) = delete;
    session& operator=(session const&) = delete;

    // Reads what is there and answers every request that is whole, into core::out.
    step on_readable(boost::system::error_code waited);
    // The same with what is left in memory.
    step resume();
    // The verdict that step::judge stands for, and what it leads to.
    boost::asio::awaitable<guard::ruling> judge_later();
    step judged(guard::ruling verdict);
    // The asynchronous handler that step::call stands for, and its answer.
    boost::asio::awaitable<response> call();
    step answered(response const& made);

    // Sends core::out as far as the socket takes it, and counts what the session holds. What is left waits
    // for flush_rest(), which is called when the socket takes more; false once the connection is broken.
    void flush();
    bool flush_rest();

    bool has_unsent() const { return !unsent_.empty(); }

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

    stream& bytes() { return stream_; }

    std::size_t index = 0; // in core::sessions

private:
    bool idle() const { return reader_.where() == request_reader::state::idle; }

    step greet();
    // Whether the session may hold `wanted` bytes for its requests.
    bool may_hold(std::size_t wanted) const;
    // Keeps the bytes that wait for more. False where the server holds too many already.
    bool keep(char const* from, std::size_t size);
    step refuse_to_hold();
    step process(char* data, std::size_t size, bool in_shared);
    // Asks the gate about the head that was just read; true where it takes its time.
    bool judgement_takes_time();
    step complete(char* data, std::size_t size, std::size_t& at);
    step turn_away();
    void answer(response const& what, std::string_view pattern, bool keep_alive);
    step refuse(unsigned status, std::string why);
    step at_end(boost::system::error_code ec);
    response run(route const& found, request const& asked);

    std::shared_ptr<core> owner_;
    core& core_;
    stream stream_;
    request_reader reader_;
    byte_buffer own_;
    std::string unsent_;
    std::size_t sent_ = 0;      // bytes of unsent_ that are on their way
    std::size_t counted_ = 0;   // in core::buffered
    std::string own_fields_;    // of the answer to the request that is being read
    guard::ruling turned_away_; // that answer, where the gate has refused
    std::string credentials_;   // what step::judge is about
    right needed_ = right::any;
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
