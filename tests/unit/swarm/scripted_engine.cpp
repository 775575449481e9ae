#include "scripted_engine.hpp"

#include <boost/asio/detached.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include <cstdlib>
#include <filesystem>
#include <utility>

namespace autoscaler::swarm::test {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::redirect_error;
using asio::use_awaitable;
using boost::system::error_code;
using stream_socket = asio::generic::stream_protocol::socket;

struct scripted_engine::state {
    state(asio::io_context& context, script given)
        : tcp(context), local(context), answers(std::move(given)) {}

    temporary_directory directory;
    asio::ip::tcp::acceptor tcp;
    asio::local::stream_protocol::acceptor local;
    endpoint where;
    script answers;
    script pings = [](heard_request const&) { return answer_with(200, "OK"); };
    std::vector<heard_request> requests;
    std::size_t connections = 0;
    std::vector<std::weak_ptr<stream_socket>> sockets;
};

namespace {

using shared_state = std::shared_ptr<scripted_engine::state>;

heard_request heard(http::request<http::string_body> const& message, std::size_t connection) {
    heard_request what;
    what.method = std::string(message.method_string());
    what.target = std::string(message.target());
    what.body = message.body();
    what.content_type = std::string(message[http::field::content_type]);
    what.host = std::string(message[http::field::host]);
    what.registry_auth = message.find("X-Registry-Auth") != message.end();
    what.connection = connection;
    return what;
}

asio::awaitable<void> serve(shared_state engine, std::shared_ptr<stream_socket> socket, std::size_t number) {
    boost::beast::flat_buffer buffer;
    for (;;) {
        error_code ec;
        http::request_parser<http::string_body> parser;
        parser.body_limit(boost::none);
        co_await http::async_read(*socket, buffer, parser, redirect_error(use_awaitable, ec));
        if (ec)
            co_return;
        auto const what = heard(parser.get(), number);
        bool const ping = what.target == "/_ping";
        if (!ping)
            engine->requests.push_back(what);
        reply const said = (ping ? engine->pings : engine->answers)(what);
        co_await asio::async_write(*socket, asio::buffer(said.bytes), redirect_error(use_awaitable, ec));
        if (ec || said.afterwards == reply::then::close)
            co_return;
        if (said.afterwards == reply::then::stall) {
            char byte = 0; // the client says nothing more; this ends when it goes away
            co_await socket->async_receive(asio::buffer(&byte, 1), redirect_error(use_awaitable, ec));
            co_return;
        }
    }
}

template<class Acceptor>
asio::awaitable<void> accept_all(shared_state engine, Acceptor& acceptor) {
    for (;;) {
        error_code ec;
        auto accepted = co_await acceptor.async_accept(redirect_error(use_awaitable, ec));
        if (ec)
            co_return;
        auto socket = std::make_shared<stream_socket>(std::move(accepted));
        engine->sockets.push_back(socket);
        ++engine->connections;
        asio::co_spawn(
            acceptor.get_executor(), serve(engine, std::move(socket), engine->connections), asio::detached
        );
    }
}

} // namespace

reply answer_with(unsigned status, std::string const& body, std::string const& api_version) {
    return {
        "HTTP/1.1 " + std::to_string(status) + " Text\r\nApi-Version: " + api_version +
        "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body
    };
}

scripted_engine::scripted_engine(asio::io_context& context, script answers, listens how)
    : state_(std::make_shared<state>(context, std::move(answers))) {
    if (how == listens::on_loopback) {
        state_->tcp = asio::ip::tcp::acceptor(context, {asio::ip::address_v4::loopback(), 0});
        state_->where = {endpoint::kind::tcp, "", "127.0.0.1", state_->tcp.local_endpoint().port()};
        asio::co_spawn(context, accept_all(state_, state_->tcp), asio::detached);
        return;
    }
    std::string const path = state_->directory.file("engine.sock");
    state_->local =
        asio::local::stream_protocol::acceptor(context, asio::local::stream_protocol::endpoint(path));
    state_->where = {endpoint::kind::unix_socket, path, "", 0};
    asio::co_spawn(context, accept_all(state_, state_->local), asio::detached);
}

scripted_engine::~scripted_engine() {
    die();
}

endpoint scripted_engine::where() const {
    return state_->where;
}

std::vector<heard_request> const& scripted_engine::requests() const {
    return state_->requests;
}

std::size_t scripted_engine::connections() const {
    return state_->connections;
}

void scripted_engine::on_ping(script answers) {
    state_->pings = std::move(answers);
}

void scripted_engine::die() {
    error_code ignored;
    state_->tcp.close(ignored);
    state_->local.close(ignored);
    for (auto const& one : state_->sockets)
        if (auto const socket = one.lock())
            socket->close(ignored);
}

void scripted_engine::revive() {
    auto const executor = state_->local.get_executor();
    std::filesystem::remove(state_->where.path);
    state_->local = asio::local::stream_protocol::acceptor(
        executor, asio::local::stream_protocol::endpoint(state_->where.path)
    );
    asio::co_spawn(executor, accept_all(state_, state_->local), asio::detached);
}

temporary_directory::temporary_directory() {
    std::string pattern = (std::filesystem::temp_directory_path() / "swarm-test-XXXXXX").string();
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
}

temporary_directory::~temporary_directory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

void run_until(asio::io_context& context, std::function<bool()> const& finished) {
    auto const patience = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    context.restart();
    while (!finished()) {
        if (std::chrono::steady_clock::now() > patience)
            FAIL("nothing came of it");
        context.run_one_until(patience);
    }
}

} // namespace autoscaler::swarm::test
