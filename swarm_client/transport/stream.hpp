// A connection to one peer, plain or TLS, as one stream of bytes for Beast. Dials and shakes hands before a
// deadline; close() ends whatever is under way. One thread, no locks. For .cpp files: it brings Asio in.
#pragma once

#include "swarm_client/transport/dial.hpp"
#include "swarm_client/transport/tls_context.hpp"

#include <boost/asio/async_result.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace autoscaler::swarm::transport {

class stream {
public:
    using executor_type = boost::asio::any_io_executor;

    explicit stream(executor_type const& executor) : plain_(executor) {}

    // `tls` is null for a plain connection. Whoever awaits it keeps the stream alive meanwhile.
    boost::asio::awaitable<result<void>> open(peer where, std::shared_ptr<tls_context> tls, deadline until);

    void close();

    bool closed() const { return closed_; }

    // Open, and nothing there to read.
    bool at_rest() { return !closed_ && transport::at_rest(plain_); }

    executor_type get_executor() { return plain_.get_executor(); }

    void expires_at(deadline until) { plain_.expires_at(until); }

    void expires_never() { plain_.expires_never(); }

    // Both as Asio's AsyncReadStream and AsyncWriteStream have them.
    template<class Buffers, class Token>
    auto async_read_some(Buffers const& into, Token&& token) {
        return boost::asio::async_initiate<Token, void(boost::system::error_code, std::size_t)>(
            [this](auto handler, Buffers const& space) {
                if (secured_)
                    secured_->async_read_some(space, std::move(handler));
                else
                    plain_.async_read_some(space, std::move(handler));
            },
            token,
            into
        );
    }

    template<class Buffers, class Token>
    auto async_write_some(Buffers const& from, Token&& token) {
        return boost::asio::async_initiate<Token, void(boost::system::error_code, std::size_t)>(
            [this](auto handler, Buffers const& bytes) {
                if (secured_)
                    secured_->async_write_some(bytes, std::move(handler));
                else
                    plain_.async_write_some(bytes, std::move(handler));
            },
            token,
            from
        );
    }

private:
    boost::asio::awaitable<result<void>> shake_hands(std::string name, deadline until);
    bool expect(std::string const& name);
    fault handshake_fault(std::string const& name, boost::system::error_code ec);

    plain_stream plain_;
    std::shared_ptr<tls_context> tls_;
    std::optional<boost::asio::ssl::stream<plain_stream&>> secured_; // over plain_
    dialer dial_;
    bool closed_ = false;
};

// Whether the other side said by this, in an alert, that it does not take our certificate, or wants one. Over
// TLS 1.3 that comes after a handshake that seemed to succeed, as the answer to the first request.
bool refuses_certificate(boost::system::error_code ec);

bool is_tls_error(boost::system::error_code ec);

} // namespace autoscaler::swarm::transport
