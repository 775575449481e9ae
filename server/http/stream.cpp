#include "server/http/stream.hpp"

#include "server/http/certificate.hpp"

#include <boost/asio/error.hpp>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdint>

namespace autoscaler::server::http {

namespace asio = boost::asio;

namespace {

// OpenSSL's own socket BIO writes with write(), which ends the process by SIGPIPE where the other side has
// gone. This one keeps the descriptor in its data pointer.
int descriptor_of(BIO* of) {
    return static_cast<int>(reinterpret_cast<std::intptr_t>(::BIO_get_data(of)));
}

bool would_block() {
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

int bio_write(BIO* to, char const* bytes, int size) {
    ::BIO_clear_retry_flags(to);
    ssize_t const sent = ::send(descriptor_of(to), bytes, static_cast<std::size_t>(size), MSG_NOSIGNAL);
    if (sent < 0 && would_block())
        ::BIO_set_retry_write(to);
    return static_cast<int>(sent);
}

int bio_read(BIO* from, char* bytes, int size) {
    ::BIO_clear_retry_flags(from);
    ssize_t const got = ::recv(descriptor_of(from), bytes, static_cast<std::size_t>(size), 0);
    if (got < 0 && would_block())
        ::BIO_set_retry_read(from);
    if (got == 0)
        ::BIO_set_flags(from, BIO_FLAGS_IN_EOF);
    return static_cast<int>(got);
}

long bio_control(BIO* of, int command, long /*number*/, void* /*pointer*/) {
    switch (command) {
    case BIO_CTRL_FLUSH:
        return 1;
    case BIO_CTRL_EOF:
        return ::BIO_test_flags(of, BIO_FLAGS_IN_EOF) != 0 ? 1 : 0;
    default:
        return 0;
    }
}

// Made once, for the life of the process.
BIO_METHOD const* quiet_socket() {
    static BIO_METHOD const* const method = [] {
        BIO_METHOD* const made = ::BIO_meth_new(::BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket");
        ::BIO_meth_set_write(made, bio_write);
        ::BIO_meth_set_read(made, bio_read);
        ::BIO_meth_set_ctrl(made, bio_control);
        return made;
    }();
    return method;
}

BIO* bio_on(int descriptor) {
    BIO* const made = ::BIO_new(quiet_socket());
    ::BIO_set_data(made, reinterpret_cast<void*>(static_cast<std::intptr_t>(descriptor))); // NOLINT
    ::BIO_set_init(made, 1);
    return made;
}

bool is_letter(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

} // namespace

void stream::freed::operator()(ssl_st* what) const {
    ::SSL_free(what);
}

stream::stream(tcp::socket socket, std::shared_ptr<ssl_ctx_st> const& tls)
    : socket_(std::move(socket)), established_(tls == nullptr) {
    if (tls == nullptr)
        return;
    tls_.reset(::SSL_new(tls.get()));
    BIO* const bytes = bio_on(socket_.native_handle());
    ::SSL_set_bio(tls_.get(), bytes, bytes);
    ::SSL_set_accept_state(tls_.get());
}

stream::~stream() = default;

bool stream::pending_in_tls() const {
    return ended_ || ::SSL_pending(tls_.get()) > 0;
}

// What a call that did not succeed means; sets what to wait for.
stream::error_code stream::outcome(int result) {
    int const why = ::SSL_get_error(tls_.get(), result);
    ::ERR_clear_error();
    needs_ = why == SSL_ERROR_WANT_WRITE ? tcp::socket::wait_write : tcp::socket::wait_read;
    if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE)
        return asio::error::would_block;
    if (why == SSL_ERROR_ZERO_RETURN)
        return asio::error::eof;
    // Without that farewell, somebody on the way may have made the end.
    return asio::error::connection_reset;
}

stream::greeting stream::greet() {
    if (!heard_) {
        char first = 0;
        ssize_t const got = ::recv(socket_.native_handle(), &first, 1, MSG_PEEK);
        if (got < 0 && would_block())
            return greeting::under_way;
        if (got <= 0)
            return greeting::failed;
        heard_ = true;
        if (is_letter(first)) { // a record of TLS begins with a control character
            tls_.reset();
            established_ = true;
            return greeting::plain;
        }
    }
    ::ERR_clear_error();
    int const result = ::SSL_accept(tls_.get());
    if (result != 1)
        return outcome(result) == asio::error::would_block ? greeting::under_way : greeting::failed;
    needs_ = tcp::socket::wait_read;
    established_ = true;
    look_at_peer();
    return greeting::done;
}

void stream::look_at_peer() {
    X509 const* const certificate = ::SSL_get0_peer_certificate(tls_.get());
    // A certificate that the settings do not ask to verify comes with the verdict of that moment, too.
    if (certificate == nullptr || ::SSL_get_verify_result(tls_.get()) != X509_V_OK)
        return;
    peer_.certified = true;
    peer_.names = alternative_names(certificate);
    if (auto name = common_name(certificate); !name.empty())
        peer_.names.push_back(std::move(name));
}

std::size_t stream::read_tls(char* to, std::size_t most, error_code& ec) {
    ec = ended_;
    std::size_t got = 0;
    // A read gives one record of at most 16 KiB: all that are there are taken, so that what is left is left
    // in the socket, which can be waited for.
    while (!ec && got < most) {
        std::size_t size = 0;
        ::ERR_clear_error();
        int const result = ::SSL_read_ex(tls_.get(), to + got, most - got, &size);
        if (result == 1)
            got += size;
        else
            ec = outcome(result);
    }
    if (ec && ec != asio::error::would_block)
        ended_ = ec;
    if (got != 0)
        ec = {};
    return got;
}

std::size_t stream::write_tls(std::string_view bytes, error_code& ec) {
    std::size_t size = 0;
    ::ERR_clear_error();
    int const result = ::SSL_write_ex(tls_.get(), bytes.data(), bytes.size(), &size);
    if (result == 1)
        return size;
    // needs() speaks of reading: who writes waits until the socket takes more.
    auto const reading = needs_;
    ec = outcome(result);
    needs_ = reading;
    return 0;
}

void stream::close() {
    tls_.reset(); // it knows the descriptor, which may be another connection's soon
    established_ = true;
    error_code ignored;
    socket_.close(ignored);
}

void stream::end_writing() {
    if (tls_ != nullptr && established_ && !ended_) {
        ::ERR_clear_error();
        ::SSL_shutdown(tls_.get());
        ::ERR_clear_error();
    }
    error_code ignored;
    socket_.shutdown(tcp::socket::shutdown_send, ignored);
}

} // namespace autoscaler::server::http
