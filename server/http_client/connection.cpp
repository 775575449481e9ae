#include "server/http_client/connection.hpp"

#include "swarm_client/transport/stream.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

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
namespace transport = swarm::transport;
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

// Refers to the body of `what`.
http::request<http::span_body<char const>> message(wire_request const& what, origin const& where) {
    http::request<http::span_body<char const>> text;
    text.version(11);
    text.method_string(what.method);
    text.target(what.target);
    text.set(http::field::host, authority(where));
    for (auto const& [name, value] : what.fields)
        text.set(name, value);
    text.body() = {what.body->data(), what.body->size()};
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

error_kind kind_of(transport::fault_kind kind) {
    switch (kind) {
    case transport::fault_kind::unknown_host:
        return error_kind::unknown_host;
    case transport::fault_kind::unreachable:
    case transport::fault_kind::permission:
        return error_kind::unreachable;
    case transport::fault_kind::timeout:
        return error_kind::timeout;
    case transport::fault_kind::file:
        return error_kind::secret;
    case transport::fault_kind::invalid:
        return error_kind::invalid;
    case transport::fault_kind::untrusted:
    case transport::fault_kind::refused:
    case transport::fault_kind::no_tls:
        return error_kind::tls;
    case transport::fault_kind::cancelled:
        return error_kind::cancelled;
    }
    return error_kind::unreachable;
}

} // namespace

struct connection::state {
    state(
        asio::any_io_executor const& executor,
        origin to,
        std::shared_ptr<transport::tls_context> how,
        std::size_t most_body
    )
        : where(std::move(to)), tls(std::move(how)), most(most_body), wire(executor) {}

    error failure(error_code ec) const;
    asio::awaitable<error_code> read(std::optional<response_parser>& parser, bool head_only);
    asio::awaitable<error_code> converse(wire_request what, std::optional<response_parser>& parser);

    origin where;
    std::shared_ptr<transport::tls_context> tls;
    std::size_t most;
    transport::stream wire;
    beast::flat_buffer buffer{most_buffered};
    bool sent = false;
    bool heard = false;
    bool at_rest = false; // open, and no request under way
};

// What the system, OpenSSL or Beast said, as one of ours.
error connection::state::failure(error_code ec) const {
    if (wire.closed() || ec == asio::error::operation_aborted)
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
    if (transport::is_tls_error(ec))
        return failed(error_kind::tls, "TLS: " + ec.message());
    error_code const any_http = http::make_error_code(http::error::end_of_stream);
    if (ec.category() == any_http.category())
        return failed(error_kind::malformed, "the answer is not HTTP: " + ec.message());
    return failed(error_kind::connection_lost, ec.message());
}

asio::awaitable<error_code> connection::state::read(std::optional<response_parser>& parser, bool head_only) {
    error_code ec;
    for (int interim = 0; interim <= most_interim_answers; ++interim) {
        parser.emplace();
        parser->body_limit(most);
        parser->header_limit(most_head);
        parser->skip(head_only);
        co_await http::async_read_header(wire, buffer, *parser, redirect_error(use_awaitable, ec));
        heard = heard || parser->got_some();
        if (ec)
            co_return ec;
        if (parser->get().result() == http::status::switching_protocols)
            break;
        if (parser->get().result_int() / 100 != 1) {
            co_await http::async_read(wire, buffer, *parser, redirect_error(use_awaitable, ec));
            co_return ec;
        }
    }
    co_return http::make_error_code(http::error::bad_status);
}

asio::awaitable<error_code>
connection::state::converse(wire_request what, std::optional<response_parser>& parser) {
    bool const head_only = what.method == "HEAD";
    auto const text = message(what, where);
    error_code ec;
    co_await http::async_write(wire, text, redirect_error(use_awaitable, ec));
    sent = !ec;
    if (wire.closed()) // perhaps just when all was written: there is no answer, whatever `ec` says
        co_return asio::error::operation_aborted;
    if (ec == beast::error::timeout || ec == asio::error::operation_aborted)
        co_return ec;
    // A server that refuses a request may answer, and say why, before it has read all of it.
    error_code const unread = co_await read(parser, head_only);
    co_return sent || heard || transport::is_tls_error(unread) ? unread : ec;
}

connection::connection(
    asio::any_io_executor const& executor,
    origin where,
    std::shared_ptr<transport::tls_context> tls,
    std::size_t most
)
    : state_(std::make_unique<state>(executor, std::move(where), std::move(tls), most)) {}

connection::~connection() = default;

asio::awaitable<result<void>> connection::open(deadline until) {
    state& self = *state_;
    transport::peer const to{"", self.where.host, self.where.port};
    auto const opened = co_await self.wire.open(to, self.tls, until);
    if (!opened)
        co_return failed(kind_of(opened.error().kind), opened.error().message);
    co_return result<void>{};
}

asio::awaitable<result<response>> connection::ask(wire_request what, deadline until) {
    state& self = *state_;
    self.at_rest = self.sent = self.heard = false;
    self.wire.expires_at(until);
    std::optional<response_parser> parser;
    error_code const ec = co_await self.converse(std::move(what), parser);
    if (ec)
        co_return self.failure(ec);
    self.wire.expires_never();
    self.at_rest = !self.wire.closed() && self.sent && parser->keep_alive() && self.buffer.size() == 0;
    co_return taken_from(parser->get());
}

void connection::close() {
    state_->at_rest = false;
    state_->wire.close();
}

bool connection::reusable() const {
    return state_->at_rest && state_->wire.at_rest();
}

bool connection::sent() const {
    return state_->sent;
}

bool connection::heard() const {
    return state_->heard;
}

bool connection::leads(origin const& where, transport::tls_context const* tls) const {
    return state_->where == where && state_->tls.get() == tls;
}

} // namespace autoscaler::server::http_client
