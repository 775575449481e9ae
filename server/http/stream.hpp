// The bytes of one connection, plain or through TLS, in one manner: every read and write is tried without
// waiting, and who would have to wait asks the socket. Owns socket and TLS state. Private to server/http.
#pragma once

#include "server/http/guard.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <memory>
#include <string_view>

struct ssl_st; // OpenSSL's SSL

namespace autoscaler::server::http {

class stream {
public:
    using tcp = boost::asio::ip::tcp;
    using error_code = boost::system::error_code;

    // `tls` is null for a plain connection. The socket does not block.
    stream(tcp::socket socket, std::shared_ptr<ssl_ctx_st> const& tls);
    ~stream();
    stream(stream const&) = delete;
    stream& operator=(stream const&) = delete;

    tcp::socket& socket() { return socket_; }

    // What to wait for before the next handshake step or read; a write waits for wait_write.
    tcp::socket::wait_type needs() const { return needs_; }

    // True where a read would give something at once, though the socket may have nothing more to tell.
    bool pending() const { return tls_ != nullptr && pending_in_tls(); }

    // Plain, or past the handshake.
    bool established() const { return established_; }

    enum class greeting {
        under_way, // wait for needs(), and try again
        done,
        plain, // the other side speaks HTTP without TLS; from now on the stream does, too
        failed
    };

    // One step of the handshake.
    greeting greet();

    // As much as is there, at most `most`; would_block where nothing is, eof at the end.
    std::size_t read(char* to, std::size_t most, error_code& ec) {
        return tls_ == nullptr ? socket_.read_some(boost::asio::buffer(to, most), ec)
                               : read_tls(to, most, ec);
    }

    // A part of `bytes`; would_block where nothing can be taken: then begin with the same bytes next time.
    std::size_t write(std::string_view bytes, error_code& ec) {
        return tls_ == nullptr ? socket_.write_some(boost::asio::buffer(bytes.data(), bytes.size()), ec)
                               : write_tls(bytes, ec);
    }

    // Nothing more will be written: says so to the other side.
    void end_writing();

    // At once, without a word.
    void close();

    peer const& other_side() const { return peer_; }

private:
    struct freed {
        void operator()(ssl_st* what) const;
    };

    bool pending_in_tls() const;
    std::size_t read_tls(char* to, std::size_t most, error_code& ec);
    std::size_t write_tls(std::string_view bytes, error_code& ec);
    error_code outcome(int result);
    void look_at_peer();

    tcp::socket socket_;
    std::unique_ptr<ssl_st, freed> tls_;
    tcp::socket::wait_type needs_ = tcp::socket::wait_read;
    bool established_;
    bool heard_ = false; // a first byte has come
    error_code ended_;   // what the next read has to tell
    peer peer_;
};

} // namespace autoscaler::server::http
