#include "swarm_client/connection.hpp"

#include "swarm_client/engine_tls.hpp"
#include "swarm_client/failpoint.hpp"
#include "swarm_client/transport/stream.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <tuple>
#include <utility>

namespace autoscaler::swarm {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::redirect_error;
using asio::use_awaitable;
using boost::system::error_code;

namespace {

// "1.41": digits, one dot, digits. It becomes part of every path, so nothing else may pass.
bool is_api_version(std::string_view text) {
    auto const digits = [](std::string_view part) {
        return !part.empty() && part.size() <= 4 &&
               std::ranges::all_of(part, [](char c) { return c >= '0' && c <= '9'; });
    };
    std::size_t const dot = text.find('.');
    return dot != std::string_view::npos && digits(text.substr(0, dot)) && digits(text.substr(dot + 1));
}

template<class Parser>
answer head_of(Parser const& parser, std::string endpoint) {
    answer said;
    said.status = parser.get().result_int();
    said.api_version = parser.get()["Api-Version"];
    said.endpoint = std::move(endpoint);
    return said;
}

} // namespace

struct connection::state {
    state(asio::any_io_executor const& executor, endpoint address, limits const& set)
        : wire(executor), where(std::move(address)), bounds(set), endpoint_text(to_string(where)) {
        // Go refuses a Host that is a path, so a socket gets a name here, as the docker command line does it.
        constexpr std::size_t scheme = 6; // tcp://
        host = where.via == endpoint::kind::unix_socket ? "docker.localhost" : endpoint_text.substr(scheme);
    }

    transport::stream wire;
    endpoint where;
    limits bounds;
    std::string endpoint_text;
    std::string host;
    std::string api_version;
    beast::flat_buffer buffer;
    bool heard = false;
    bool at_rest = false; // connected, and no request under way
    std::optional<std::pair<error_kind, std::string>> given_up{};

    error failure(request const& what, error_code ec) const;
    http::request<http::string_body> message(request const& what) const;
    asio::awaitable<result<void>> connect(deadline until);
    asio::awaitable<error_code> send(request const& what, deadline until);
};

// What the system or Beast said, as one of ours.
error connection::state::failure(request const& what, error_code ec) const {
    error_code const any_http = http::make_error_code(http::error::end_of_stream);
    error result;
    result.operation = what.operation;
    result.endpoint = endpoint_text;
    result.message = ec.message();
    result.maybe_applied = writes(what);
    if (transport::refuses_certificate(ec) && !heard) {
        error const refused = certificate_refused(where, ec.message());
        result.kind = refused.kind;
        result.message = refused.message;
        result.maybe_applied = false;
    } else if (given_up) {
        std::tie(result.kind, result.message) = *given_up;
    } else if (wire.closed() || ec == asio::error::operation_aborted) {
        result.kind = error_kind::cancelled;
        result.message.clear();
    } else if (ec == beast::error::timeout) {
        result.kind = error_kind::timeout;
        result.message = heard ? "the answer did not end in time" : "no answer in time";
    } else if (ec == asio::error::not_connected && !heard) {
        // The kernel takes a unix connect to a full backlog for done: a frozen engine.
        result.kind = error_kind::unreachable;
        result.message = "the engine accepts no connections";
        result.maybe_applied = false;
    } else if (ec == http::error::end_of_stream || ec == http::error::partial_message ||
               ec.category() != any_http.category()) {
        result.kind = error_kind::connection_lost;
    } else {
        result.kind = error_kind::protocol;
    }
    return result;
}

http::request<http::string_body> connection::state::message(request const& what) const {
    bool const bare = api_version.empty() || what.target == calls::ping.pattern;
    std::string const prefix = bare ? "" : "/v" + api_version;
    http::request<http::string_body> text{http::string_to_verb(what.method), prefix + what.target, 11};
    text.set(http::field::host, host);
    text.set(http::field::user_agent, "swarm-autoscaler");
    if (!what.body.empty()) {
        text.set(http::field::content_type, "application/json");
        text.body() = what.body;
    }
    text.prepare_payload();
    return text;
}

asio::awaitable<result<void>> connection::state::connect(deadline until) {
    std::shared_ptr<transport::tls_context> tls;
    if (where.tls) {
        auto const made = make_tls(*where.tls);
        if (!made)
            co_return to_error(made.error(), where);
        tls = *made;
    }
    transport::peer const to{where.path, where.host, where.port};
    auto const opened = co_await wire.open(to, std::move(tls), until);
    if (!opened)
        co_return to_error(opened.error(), where);
    co_return result<void>{};
}

asio::awaitable<error_code> connection::state::send(request const& what, deadline until) {
    at_rest = false;
    heard = false;
    auto const text = message(what);
    error_code ec;
    wire.expires_at(until);
    co_await http::async_write(wire, text, redirect_error(use_awaitable, ec));
    if (!ec || !where.tls || wire.closed() || ec == beast::error::timeout)
        co_return ec;
    // An engine that refuses a certificate has closed by now; its alert, which says so, is still to be read.
    error_code said;
    std::array<char, 1> byte{};
    co_await wire.async_read_some(asio::buffer(byte), redirect_error(use_awaitable, said));
    co_return transport::refuses_certificate(said) ? said : ec;
}

connection::connection(asio::any_io_executor const& executor, endpoint where, limits const& bounds)
    : state_(std::make_unique<state>(executor, std::move(where), bounds)) {}

connection::~connection() = default;

asio::awaitable<result<void>> connection::open(std::string operation, deadline until) {
    auto const start = std::chrono::steady_clock::now();
    auto const ping = make_request(calls::ping, std::move(operation));
    auto const connected = co_await state_->connect(std::min(until, start + state_->bounds.connect));
    if (!connected) {
        error failure = connected.error();
        if (state_->given_up)
            std::tie(failure.kind, failure.message) = *state_->given_up;
        failure.operation = ping.operation;
        failure.endpoint = state_->endpoint_text;
        co_return failure;
    }
    auto const said =
        co_await ask(ping, std::min(until, std::chrono::steady_clock::now() + state_->bounds.ping));
    if (!said)
        co_return said.error();
    if (!succeeded(*said))
        co_return to_error(ping, *said);
    if (!is_api_version(said->api_version)) {
        error failure = to_error(ping, *said);
        failure.kind = error_kind::protocol;
        failure.message = "the answer to /_ping has no Api-Version";
        co_return failure;
    }
    state_->api_version = said->api_version;
    co_return result<void>{};
}

asio::awaitable<result<answer>> connection::ask(request what, deadline until) {
    state& self = *state_;
    if (writes(what))
        pass(failpoint::before_send);
    error_code ec = co_await self.send(what, until);
    if (ec)
        co_return self.failure(what, ec);
    if (writes(what))
        pass(failpoint::sent);

    http::response_parser<http::string_body> parser;
    parser.body_limit(self.bounds.answer_bytes);
    co_await http::async_read(self.wire, self.buffer, parser, redirect_error(use_awaitable, ec));
    self.heard = parser.got_some();
    if (ec)
        co_return self.failure(what, ec);

    self.wire.expires_never();
    answer said = head_of(parser, self.endpoint_text);
    said.body = std::move(parser.get().body());
    if (said.api_version.empty())
        said.api_version = self.api_version;
    // Another version than agreed upon: another engine has taken the place behind this address.
    bool const same_engine = self.api_version.empty() || said.api_version == self.api_version;
    self.at_rest = parser.keep_alive() && same_engine && self.buffer.size() == 0;
    co_return said;
}

asio::awaitable<error>
connection::stream(request what, deadline until, std::function<void()> opened, piece_handler handler) {
    state& self = *state_;
    error_code ec = co_await self.send(what, until);
    if (ec)
        co_return self.failure(what, ec);

    http::response_parser<http::buffer_body> parser;
    parser.body_limit(boost::none);
    parser.eager(true);
    co_await http::async_read_header(self.wire, self.buffer, parser, redirect_error(use_awaitable, ec));
    self.heard = parser.got_some();
    if (ec)
        co_return self.failure(what, ec);
    answer said = head_of(parser, self.endpoint_text);
    bool const good = succeeded(said);
    if (good) {
        self.wire.expires_never();
        if (opened)
            opened();
    }

    std::array<char, 8192> piece{};
    constexpr std::size_t longest_refusal = std::size_t{64} * 1024;
    while (!parser.is_done()) {
        parser.get().body().data = piece.data();
        parser.get().body().size = piece.size();
        co_await http::async_read_some(self.wire, self.buffer, parser, redirect_error(use_awaitable, ec));
        if (ec == http::error::need_buffer)
            ec = {};
        std::string_view const got(piece.data(), piece.size() - parser.get().body().size);
        if (good && !handler(got)) {
            error strange = to_error(what, said);
            strange.kind = error_kind::protocol;
            strange.message = "the stream is not one of events";
            co_return strange;
        }
        if (!good)
            said.body += got;
        if (ec || said.body.size() > longest_refusal)
            break;
    }
    if (!good)
        co_return to_error(what, said);
    co_return self.failure(what, ec ? ec : http::make_error_code(http::error::end_of_stream));
}

void connection::close() {
    state_->at_rest = false;
    state_->wire.close();
}

void connection::give_up(error_kind kind, std::string why) {
    state_->given_up.emplace(kind, std::move(why));
    close();
}

bool connection::reusable() const {
    return state_->at_rest && state_->wire.at_rest();
}

bool connection::heard() const {
    return state_->heard;
}

std::string const& connection::api_version() const {
    return state_->api_version;
}

std::string const& connection::endpoint_text() const {
    return state_->endpoint_text;
}

} // namespace autoscaler::swarm
