#include "support/scripted_server.hpp"

#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace autoscaler::test {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::redirect_error;
using asio::use_awaitable;
using asio::ip::tcp;
using boost::system::error_code;

struct scripted_server::state {
    state(asio::io_context& context, script given) : acceptor(context), answers(std::move(given)) {}

    tcp::acceptor acceptor;
    std::uint16_t port = 0;
    script answers;
    std::optional<asio::ssl::context> tls;
    std::vector<heard_request> requests;
    std::size_t connections = 0;
    std::vector<std::weak_ptr<tcp::socket>> sockets;
};

namespace {

using shared_state = std::shared_ptr<scripted_server::state>;

heard_request heard(http::request<http::string_body> const& message, std::size_t connection) {
    heard_request what;
    what.method = std::string(message.method_string());
    what.target = std::string(message.target());
    what.body = message.body();
    for (auto const& each : message)
        what.headers.emplace_back(std::string(each.name_string()), std::string(each.value()));
    what.connection = connection;
    return what;
}

template<class Stream>
asio::awaitable<void> converse(shared_state server, Stream& stream, std::size_t number) {
    boost::beast::flat_buffer buffer;
    for (;;) {
        error_code ec;
        http::request_parser<http::string_body> parser;
        parser.body_limit(boost::none);
        co_await http::async_read(stream, buffer, parser, redirect_error(use_awaitable, ec));
        if (ec)
            co_return;
        auto const what = heard(parser.get(), number);
        server->requests.push_back(what);
        scripted_reply const said = server->answers(what);
        co_await asio::async_write(stream, asio::buffer(said.bytes), redirect_error(use_awaitable, ec));
        if (ec || said.afterwards == scripted_reply::then::close)
            co_return;
        if (said.afterwards == scripted_reply::then::stall) {
            char byte = 0; // the client says nothing more; this ends when it goes away
            co_await stream.async_read_some(asio::buffer(&byte, 1), redirect_error(use_awaitable, ec));
            co_return;
        }
    }
}

asio::awaitable<void> serve(shared_state server, std::shared_ptr<tcp::socket> socket, std::size_t number) {
    if (!server->tls) {
        co_await converse(server, *socket, number);
        co_return;
    }
    error_code ec;
    asio::ssl::stream<tcp::socket&> secured(*socket, *server->tls);
    co_await secured.async_handshake(asio::ssl::stream_base::server, redirect_error(use_awaitable, ec));
    if (!ec)
        co_await converse(server, secured, number);
}

asio::awaitable<void> accept_all(shared_state server) {
    for (;;) {
        error_code ec;
        auto accepted = co_await server->acceptor.async_accept(redirect_error(use_awaitable, ec));
        if (ec)
            co_return;
        auto socket = std::make_shared<tcp::socket>(std::move(accepted));
        server->sockets.push_back(socket);
        ++server->connections;
        asio::co_spawn(
            server->acceptor.get_executor(),
            serve(server, std::move(socket), server->connections),
            asio::detached
        );
    }
}

asio::ssl::context context_of(tls_setting const& how) {
    asio::ssl::context made(asio::ssl::context::tls_server);
    made.use_certificate_chain(asio::buffer(how.own.certificate));
    made.use_private_key(asio::buffer(how.own.key), asio::ssl::context::pem);
    if (how.only_version != 0) {
        // OpenSSL 3 has the old versions only at the lowest level of security.
        ::SSL_CTX_set_security_level(made.native_handle(), how.only_version < TLS1_2_VERSION ? 0 : 1);
        ::SSL_CTX_set_min_proto_version(made.native_handle(), how.only_version);
        ::SSL_CTX_set_max_proto_version(made.native_handle(), how.only_version);
    }
    if (!how.client_ca.empty()) {
        made.add_certificate_authority(asio::buffer(how.client_ca));
        made.set_verify_mode(asio::ssl::verify_peer | asio::ssl::verify_fail_if_no_peer_cert);
    }
    return made;
}

} // namespace

std::string heard_request::header(std::string_view name) const {
    for (auto const& [each, value] : headers)
        if (each == name)
            return value;
    return {};
}

bool heard_request::holds(std::string_view text) const {
    auto const in = [text](std::string const& where) { return where.find(text) != std::string::npos; };
    return in(target) || in(body) ||
           std::ranges::any_of(headers, [&](auto const& each) { return in(each.first) || in(each.second); });
}

scripted_reply answer_with(unsigned status, std::string const& body, std::string const& fields) {
    return {
        "HTTP/1.1 " + std::to_string(status) + " Text\r\nContent-Length: " + std::to_string(body.size()) +
            "\r\n" + fields + "\r\n" + body,
        scripted_reply::then::keep
    };
}

scripted_server::scripted_server(
    asio::io_context& context, script answers, std::optional<tls_setting> tls, std::string const& address
)
    : state_(std::make_shared<state>(context, std::move(answers))) {
    state_->acceptor = tcp::acceptor(context, {asio::ip::make_address(address), 0});
    state_->port = state_->acceptor.local_endpoint().port();
    if (tls)
        state_->tls = context_of(*tls);
    asio::co_spawn(context, accept_all(state_), asio::detached);
}

scripted_server::~scripted_server() {
    die();
}

std::uint16_t scripted_server::port() const {
    return state_->port;
}

std::string scripted_server::url(std::string_view host) const {
    return (state_->tls ? "https://" : "http://") + std::string(host) + ":" + std::to_string(port());
}

std::vector<heard_request> const& scripted_server::requests() const {
    return state_->requests;
}

std::size_t scripted_server::connections() const {
    return state_->connections;
}

void scripted_server::drop_connections() {
    error_code ignored;
    for (auto const& each : state_->sockets)
        if (auto const socket = each.lock())
            socket->close(ignored);
}

void scripted_server::die() {
    error_code ignored;
    state_->acceptor.close(ignored);
    drop_connections();
}

test_file::test_file(std::string_view content) {
    std::string pattern = (std::filesystem::temp_directory_path() / "http-client-XXXXXX").string();
    int const descriptor = ::mkstemp(pattern.data());
    REQUIRE(descriptor >= 0);
    path_ = pattern;
    write(content);
    std::filesystem::permissions(path_, std::filesystem::perms::owner_all);
    ::fclose(::fdopen(descriptor, "r"));
}

test_file::~test_file() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
}

void test_file::write(std::string_view content) const {
    std::ofstream(path_, std::ios::trunc) << content;
}

void run_until(asio::io_context& context, std::function<bool()> const& finished) {
    auto const patience = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    context.restart();
    while (!finished()) {
        if (std::chrono::steady_clock::now() > patience)
            FAIL("nothing came of it");
        if (context.stopped())
            context.restart();
        context.run_one_until(patience);
    }
}

} // namespace autoscaler::test
