#include "swarm_client/transport/stream.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>

namespace autoscaler::swarm::transport {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

bool is_address(std::string const& host) {
    error_code ec;
    asio::ip::make_address(host, ec);
    return !ec;
}

int reason_of(error_code ec) {
    return ERR_GET_REASON(static_cast<unsigned long>(ec.value()));
}

} // namespace

// Go's rules, which are RFC 6125's without its concessions: the subject's common name counts for nothing.
bool stream::expect(std::string const& name) {
    SSL* const native = secured_->native_handle();
    if (is_address(name))
        return ::X509_VERIFY_PARAM_set1_ip_asc(::SSL_get0_param(native), name.c_str()) == 1;
    ::SSL_set_hostflags(native, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    return ::SSL_set1_host(native, name.c_str()) == 1 &&
           ::SSL_set_tlsext_host_name(native, name.c_str()) == 1;
}

fault stream::handshake_fault(std::string const& name, error_code ec) {
    if (closed_ || ec == asio::error::operation_aborted)
        return {fault_kind::cancelled, "cancelled"};
    if (ec == boost::beast::error::timeout)
        return {fault_kind::timeout, "the TLS handshake did not end in time"};
    auto const untrusted = [](std::string message) {
        return fault{fault_kind::untrusted, "TLS: " + std::move(message)};
    };
    long const verdict = ::SSL_get_verify_result(secured_->native_handle());
    bool const checked = tls_->made_of.verify;
    if (checked && (verdict == X509_V_ERR_HOSTNAME_MISMATCH || verdict == X509_V_ERR_IP_ADDRESS_MISMATCH))
        return untrusted("the server's certificate is not for \"" + name + "\"");
    if (checked && verdict != X509_V_OK)
        return untrusted(
            std::string("the server's certificate is not trusted: ") +
            ::X509_verify_cert_error_string(verdict)
        );
    if (ec == asio::error::eof || ec == asio::ssl::error::stream_truncated ||
        ec == asio::error::connection_reset)
        return untrusted("the server ended the handshake: " + ec.message());
    if (refuses_certificate(ec))
        return {fault_kind::refused, "TLS: " + ec.message()};
    if (is_tls_error(ec) && reason_of(ec) == SSL_R_WRONG_VERSION_NUMBER)
        return {fault_kind::no_tls, "TLS: " + ec.message()};
    return untrusted(ec.message());
}

asio::awaitable<result<void>> stream::shake_hands(std::string name, deadline until) {
    if (!expect(name))
        co_return fault{fault_kind::invalid, "TLS: \"" + name + "\" is no name of a server"};
    error_code ec;
    plain_.expires_at(until);
    co_await secured_->async_handshake(
        asio::ssl::stream_base::client, asio::redirect_error(asio::use_awaitable, ec)
    );
    if (ec)
        co_return handshake_fault(name, ec);
    co_return result<void>{};
}

asio::awaitable<result<void>> stream::open(peer where, std::shared_ptr<tls_context> tls, deadline until) {
    auto name = where.host;
    auto const connected = co_await dial_.connect(plain_, std::move(where), until);
    if (!connected)
        co_return closed_ ? fault{fault_kind::cancelled, "cancelled"} : connected.error();
    if (!tls)
        co_return connected;
    tls_ = std::move(tls);
    secured_.emplace(plain_, tls_->native);
    if (!tls_->made_of.server_name.empty())
        name = tls_->made_of.server_name;
    co_return co_await shake_hands(std::move(name), until);
}

void stream::close() {
    closed_ = true;
    dial_.cancel();
    plain_.close();
}

bool is_tls_error(error_code ec) {
    return ec.category() == asio::error::get_ssl_category();
}

bool refuses_certificate(error_code ec) {
    constexpr std::array<int, 9> alerts{
        SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE,
        SSL_R_SSLV3_ALERT_NO_CERTIFICATE,
        SSL_R_SSLV3_ALERT_BAD_CERTIFICATE,
        SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE,
        SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED,
        SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED,
        SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN,
        SSL_R_TLSV1_ALERT_UNKNOWN_CA,
        SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED,
    };
    return is_tls_error(ec) && std::ranges::find(alerts, reason_of(ec)) != alerts.end();
}

} // namespace autoscaler::swarm::transport
