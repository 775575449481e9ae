#include "server/http_client/connection.hpp"

#include "server/http_client/dial.hpp"
#include "server/http_client/tls_context.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cstdint>
#include <optional>

namespace autoscaler::server::http_client {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::redirect_error;
using asio::use_awaitable;
using boost::system::error_code;
using response_parser = http::response_parser<http::string_body>;

namespace {

// Go's default for a client is 10 MiB; nothing that we ask answers with more than some hundred bytes.
constexpr std::uint32_t most_head = 64 * 1024;
// Bounds what one line of a chunked body may take, too.
constexpr std::size_t most_buffered = 256 * 1024;
constexpr int most_interim_answers = 8;

error failed(error_kind kind, std::string message) {
    return {kind, "", std::move(message)};
}

http::request<http::string_body> message(wire_request&& what, origin const& where) {
    http::request<http::string_body> text;
    text.version(11);
    text.method_string(what.method);
    text.target(what.target);
    text.set(http::field::host, authority(where));
    for (auto const& [name, value] : what.fields)
        text.set(name, value);
    text.body() = std::move(what.body);
    text.prepare_payload();
    return text;
}

response taken_from(http::response<http::string_body>& said) {
    response made;
    made.status = said.result_int();
    for (auto const& each : said)
        made.headers.emplace_back(std::string(each.name_string()), std::string(each.value()));
    made.body = std::move(said.body());
    return made;
}

bool is_address(std::string const& host) {
    error_code ec;
    asio::ip::make_address(host, ec);
    return !ec;
}

} // namespace

struct connection::state {
    state(
        asio::any_io_executor const& executor,
        origin to,
        std::shared_ptr<tls_context> how,
        std::size_t most_body
    )
        : where(std::move(to)), tls(std::move(how)), most(most_body), plain(executor) {
        if (tls)
            secured.emplace(plain, tls->native);
    }

    // The name that the certificate has to have.
    std::string const& name() const {
        return tls->made_of.server_name.empty() ? where.host : tls->made_of.server_name;
    }

    bool expect_name();
    error failure(error_code ec) const;
    error handshake_failure(error_code ec);
    template<class Stream>
    asio::awaitable<error_code> read(Stream& from, std::optional<response_parser>& parser, bool head_only);
    template<class Stream>
    asio::awaitable<error_code>
    converse(Stream& stream, wire_request what, std::optional<response_parser>& parser);

    origin where;
    std::shared_ptr<tls_context> tls;
    std::size_t most;
    tcp_stream plain;
    std::optional<asio::ssl::stream<tcp_stream&>> secured; // over `plain`
    dialer dial;
    beast::flat_buffer buffer{most_buffered};
    bool sent = false;
    bool heard = false;
    bool at_rest = false; // open, and no request under way
    bool closed = false;
};

// Go's rules, which are RFC 6125's without its concessions: the subject's common name counts for nothing.
bool connection::state::expect_name() {
    SSL* const native = secured->native_handle();
    if (is_address(name()))
        return ::X509_VERIFY_PARAM_set1_ip_asc(::SSL_get0_param(native), name().c_str()) == 1;
    ::SSL_set_hostflags(native, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    return ::SSL_set1_host(native, name().c_str()) == 1 &&
           ::SSL_set_tlsext_host_name(native, name().c_str()) == 1;
}

error connection::state::handshake_failure(error_code ec) {
    if (closed || ec == asio::error::operation_aborted)
        return failed(error_kind::cancelled, "cancelled");
    if (ec == beast::error::timeout)
        return failed(error_kind::timeout, "the TLS handshake did not end in time");
    long const verdict = ::SSL_get_verify_result(secured->native_handle());
    if (verdict == X509_V_ERR_HOSTNAME_MISMATCH || verdict == X509_V_ERR_IP_ADDRESS_MISMATCH)
        return failed(error_kind::tls, "TLS: the server's certificate is not for \"" + name() + "\"");
    if (verdict != X509_V_OK)
        return failed(
            error_kind::tls,
            std::string("TLS: the server's certificate is not trusted: ") +
                ::X509_verify_cert_error_string(verdict)
        );
    if (ec == asio::error::eof || ec == asio::ssl::error::stream_truncated ||
        ec == asio::error::connection_reset)
        return failed(error_kind::tls, "TLS: the server ended the handshake: " + ec.message());
    return failed(error_kind::tls, "TLS: " + ec.message());
}

// What the system, OpenSSL or Beast said, as one of ours.
error connection::state::failure(error_code ec) const {
    if (closed || ec == asio::error::operation_aborted)
        return failed(error_kind::cancelled, "cancelled");
    if (ec == beast::error::timeout)
        return failed(error_kind::timeout, heard ? "the answer did not end in time" : "no answer in time");
    if (ec == http::error::body_limit)
        return failed(
            error_kind::too_large, "the answer's body is larger than " + std::to_string(most) + " bytes"
        );
    if (ec == http::error::header_limit || ec == http::error::buffer_overflow)
        return failed(error_kind::too_large, "the answer's head, or a line of it, is too long");
    if (ec == http::error::end_of_stream || ec == http::error::partial_message || ec == asio::error::eof ||
        ec == asio::ssl::error::stream_truncated)
        return failed(
            error_kind::connection_lost,
            heard ? "the server closed the connection in the middle of its answer"
                  : "the server closed the connection without an answer"
        );
    if (ec.category() == asio::error::get_ssl_category())
        return failed(error_kind::tls, "TLS: " + ec.message());
    error_code const any_http = http::make_error_code(http::error::end_of_stream);
    if (ec.category() == any_http.category())
        return failed(error_kind::malformed, "the answer is not HTTP: " + ec.message());
    return failed(error_kind::connection_lost, ec.message());
}

template<class Stream>
asio::awaitable<error_code>
connection::state::read(Stream& from, std::optional<response_parser>& parser, bool head_only) {
    error_code ec;
    for (int interim = 0; interim <= most_interim_answers; ++interim) {
        parser.emplace();
        parser->body_limit(most);
        parser->header_limit(most_head);
        parser->skip(head_only);
        co_await http::async_read_header(from, buffer, *parser, redirect_error(use_awaitable, ec));
        heard = heard || parser->got_some();
        if (ec)
            co_return ec;
        if (parser->get().result() == http::status::switching_protocols)
            break;
        if (parser->get().result_int() / 100 != 1) {
            co_await http::async_read(from, buffer, *parser, redirect_error(use_awaitable, ec));
            co_return ec;
        }
    }
    co_return http::make_error_code(http::error::bad_status);
}

template<class Stream>
asio::awaitable<error_code>
connection::state::converse(Stream& stream, wire_request what, std::optional<response_parser>& parser) {
    bool const head_only = what.method == "HEAD";
    auto const text = message(std::move(what), where);
    error_code ec;
    co_await http::async_write(stream, text, redirect_error(use_awaitable, ec));
    sent = !ec;
    if (ec == beast::error::timeout || ec == asio::error::operation_aborted || closed)
        co_return ec;
    // A server that refuses a request may answer, and say why, before it has read all of it.
    error_code const unread = co_await read(stream, parser, head_only);
    co_return sent || heard || unread.category() == asio::error::get_ssl_category() ? unread : ec;
}

connection::connection(
    asio::any_io_executor const& executor, origin where, std::shared_ptr<tls_context> tls, std::size_t most
)
    : state_(std::make_unique<state>(executor, std::move(where), std::move(tls), most)) {}

connection::~connection() = default;

asio::awaitable<result<void>> connection::open(deadline until) {
    state& self = *state_;
    auto connected = co_await self.dial.connect(self.plain, self.where, until);
    if (!connected || !self.secured)
        co_return connected;
    if (!self.expect_name())
        co_return failed(error_kind::invalid, "TLS: \"" + self.name() + "\" is no name of a server");
    error_code ec;
    self.plain.expires_at(until);
    co_await self.secured->async_handshake(asio::ssl::stream_base::client, redirect_error(use_awaitable, ec));
    if (ec)
        co_return self.handshake_failure(ec);
    co_return connected;
}

asio::awaitable<result<response>> connection::ask(wire_request what, deadline until) {
    state& self = *state_;
    self.at_rest = self.sent = self.heard = false;
    self.plain.expires_at(until);
    std::optional<response_parser> parser;
    error_code ec;
    if (self.secured)
        ec = co_await self.converse(*self.secured, std::move(what), parser);
    else
        ec = co_await self.converse(self.plain, std::move(what), parser);
    if (ec)
        co_return self.failure(ec);
    self.plain.expires_never();
    self.at_rest = !self.closed && self.sent && parser->keep_alive() && self.buffer.size() == 0;
    co_return taken_from(parser->get());
}

void connection::close() {
    state_->closed = true;
    state_->at_rest = false;
    state_->dial.cancel();
    state_->plain.close();
}

bool connection::reusable() const {
    if (!state_->at_rest)
        return false;
    // Nothing was asked, so nothing may be there to read: neither an end nor a byte.
    auto& socket = state_->plain.socket();
    error_code ec;
    char byte = 0;
    socket.non_blocking(true, ec);
    if (!ec)
        socket.receive(asio::buffer(&byte, 1), asio::socket_base::message_peek, ec);
    return ec == asio::error::would_block || ec == asio::error::try_again;
}

bool connection::sent() const {
    return state_->sent;
}

bool connection::heard() const {
    return state_->heard;
}

bool connection::leads(origin const& where, tls_context const* tls) const {
    return state_->where == where && state_->tls.get() == tls;
}

} // namespace autoscaler::server::http_client
