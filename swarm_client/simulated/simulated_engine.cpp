#include "swarm_client/simulated/simulated_engine.hpp"

#include "swarm_client/simulated/engine_api.hpp"
#include "swarm_client/simulated/spec_codec.hpp"
#include "swarm_client/simulated/views.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include <algorithm>
#include <cstdio>
#include <set>
#include <utility>
#include <vector>

namespace autoscaler::swarm::simulated {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;
using stream_protocol = asio::local::stream_protocol;

namespace {

constexpr std::uint64_t largest_body =
    16ULL * 1024 * 1024; // Above the engine's own limits, so that it names them.
constexpr std::chrono::seconds write_time{30};
constexpr std::chrono::minutes idle_time{10};
constexpr std::chrono::minutes longest_sleep{1}; // Of the alarm: a virtual clock may be ahead by then.

// One connection. The server closes it; its coroutine notices and ends.
struct session {
    explicit session(stream_protocol::socket socket)
        : stream{std::move(socket)}, wake{stream.get_executor()} {}

    beast::basic_stream<stream_protocol> stream;
    asio::steady_timer wake; // Cancelled when events have come or the server stops.
    beast::flat_buffer received;
};

// A Spec as the engine would store it, with the defaults that it adds: so reposting it changes nothing.
model::service_spec normalized(model::service_spec const& spec) {
    auto read = read_spec(write_spec(spec));
    auto* const good = std::get_if<model::service_spec>(&read);
    return good == nullptr ? spec : std::move(*good);
}

model::scenario normalized(model::scenario scenario) {
    for (auto& one : scenario.services)
        one.spec = normalized(one.spec);
    return scenario;
}

std::string_view swarm_header(membership place) {
    switch (place) {
    case membership::worker:
        return "active/worker";
    case membership::inactive:
        return "inactive";
    case membership::locked:
        return "locked";
    default:
        return "active/manager";
    }
}

} // namespace

class simulated_engine::server : public std::enable_shared_from_this<server> {
public:
    server(asio::io_context& context, model::scenario scenario, std::string path, clock now)
        : context_{context}
        , path_{std::move(path)}
        , now_{std::move(now)}
        , swarm_{normalized(std::move(scenario)), now_()}
        , api_{swarm_, faults_}
        , acceptor_{context}
        , alarm_{context} {}

    std::optional<std::string> start();
    void stop();
    void poke();

    model::cluster& swarm() { return swarm_; }

    faults& injected() { return faults_; }

    std::string const& path() const { return path_; }

private:
    using self = std::shared_ptr<server>;
    using connection = std::shared_ptr<session>;

    static asio::awaitable<void> accept(self server);
    static asio::awaitable<void> serve(self server, connection client);
    static asio::awaitable<bool> respond(self server, connection client, request asked, bool keep_alive);
    static asio::awaitable<bool>
    send(self server, connection client, answer given, bool keep_alive, bool head);
    static asio::awaitable<void> send_half(self server, connection client, answer given);
    static asio::awaitable<void> stream_events(self server, connection client, event_stream what);
    static asio::awaitable<bool> sleep(self server, connection client, model::duration how_long);

    void admit(stream_protocol::socket socket);
    http::response<http::string_body> dress(answer given, bool keep_alive) const;
    void set_alarm();

    asio::io_context& context_;
    std::string path_;
    clock now_;
    faults faults_;
    model::cluster swarm_;
    engine_api api_;
    stream_protocol::acceptor acceptor_;
    asio::steady_timer alarm_;
    std::set<connection> sessions_;
    bool stopped_{true};
};

std::optional<std::string> simulated_engine::server::start() {
    if (!stopped_)
        return "bind " + path_ + ": the engine has been started already";
    error_code fault;
    auto const failed = [&](std::string_view what) {
        error_code ignored;
        acceptor_.close(ignored);
        return std::optional{std::string{what} + " " + path_ + ": " + fault.message()};
    };
    if (path_.size() >= 108) // sun_path, with its closing zero.
        return "bind " + path_ + ": the path is longer than 107 characters";
    acceptor_.open(stream_protocol{}, fault);
    if (fault)
        return failed("open");
    acceptor_.bind(stream_protocol::endpoint{path_}, fault);
    if (fault)
        return failed("bind");
    stopped_ = false;
    acceptor_.listen(asio::socket_base::max_listen_connections, fault);
    if (fault) {
        stop();
        return failed("listen");
    }
    // Owned by the acceptor: stop() closes it, which ends the coroutine.
    asio::co_spawn(context_, accept(shared_from_this()), [](std::exception_ptr const&) {});
    set_alarm();
    return std::nullopt;
}

void simulated_engine::server::stop() {
    if (std::exchange(stopped_, true))
        return;
    error_code ignored;
    acceptor_.close(ignored);
    alarm_.cancel();
    for (auto const& one : sessions_) {
        one->stream.close();
        one->wake.cancel();
    }
    std::remove(path_.c_str());
}

void simulated_engine::server::poke() {
    swarm_.advance(now_());
    for (auto const& one : sessions_)
        one->wake.cancel();
    set_alarm();
}

void simulated_engine::server::set_alarm() {
    auto const due = stopped_ ? std::nullopt : swarm_.next_due();
    if (!due) {
        alarm_.cancel();
        return;
    }
    auto const wait = std::clamp<model::duration>(*due - now_(), std::chrono::milliseconds{1}, longest_sleep);
    alarm_.expires_after(std::chrono::ceil<std::chrono::microseconds>(wait));
    alarm_.async_wait([weak = weak_from_this()](error_code cancelled) {
        auto const alive = weak.lock();
        if (alive && !cancelled && !alive->stopped_)
            alive->poke();
    });
}

void simulated_engine::server::admit(stream_protocol::socket socket) {
    auto const client = std::make_shared<session>(std::move(socket));
    sessions_.insert(client);
    asio::co_spawn(
        context_,
        serve(shared_from_this(), client),
        [server = shared_from_this(), client](std::exception_ptr const&) { server->sessions_.erase(client); }
    );
}

asio::awaitable<void> simulated_engine::server::accept(self server) {
    while (!server->stopped_) {
        error_code fault;
        auto socket =
            co_await server->acceptor_.async_accept(asio::redirect_error(asio::use_awaitable, fault));
        if (server->stopped_)
            co_return;
        if (!fault) {
            server->admit(std::move(socket));
            continue;
        }
        // Out of descriptors, most likely: that passes.
        asio::steady_timer pause{server->context_, std::chrono::milliseconds{100}};
        co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, fault));
    }
}

asio::awaitable<void> simulated_engine::server::serve(self server, connection client) {
    for (bool more = true; more && !server->stopped_;) {
        http::request_parser<http::string_body> parser;
        parser.body_limit(largest_body);
        client->stream.expires_after(idle_time);
        error_code fault;
        co_await http::async_read(
            client->stream, client->received, parser, asio::redirect_error(asio::use_awaitable, fault)
        );
        if (fault || server->stopped_)
            break;
        auto message = parser.release();
        request asked{
            std::string{message.method_string()}, std::string{message.target()}, std::move(message.body())
        };
        more = co_await respond(server, client, std::move(asked), message.keep_alive());
    }
    client->stream.close();
}

// Waits, unless the server stops or the time is over; says whether to go on.
asio::awaitable<bool>
simulated_engine::server::sleep(self server, connection client, model::duration how_long) {
    asio::steady_timer::time_point const end =
        asio::steady_timer::clock_type::now() +
        std::chrono::duration_cast<asio::steady_timer::duration>(how_long);
    while (!server->stopped_ && asio::steady_timer::clock_type::now() < end) {
        error_code cancelled;
        client->wake.expires_at(end);
        co_await client->wake.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
    }
    co_return !server->stopped_;
}

asio::awaitable<bool>
simulated_engine::server::respond(self server, connection client, request asked, bool keep_alive) {
    auto const what = engine_api::classify(asked);
    bool const control = what == operation::other && asked.target.starts_with("/_simulated/");
    server->faults_.count(what);
    auto const planned = control ? std::nullopt : server->faults_.take(what);
    auto const is = [&](fault_kind kind) { return planned && planned->kind == kind; };
    if (is(fault_kind::refuse))
        co_return false;
    answer given;
    if (is(fault_kind::error))
        given = error_answer(planned->status, planned->text);
    else if (is(fault_kind::conflict))
        given = error_answer(500, "rpc error: code = Unknown desc = update out of sequence");
    else
        given = server->api_.handle(asked, server->now_());
    server->poke();
    if (is(fault_kind::lost_reply))
        co_return false;
    if (is(fault_kind::late_error))
        given = error_answer(planned->status, planned->text);
    if (is(fault_kind::reset)) {
        co_await send_half(server, client, std::move(given));
        co_return false;
    }
    if (is(fault_kind::stall)) {
        bool const go_on = co_await sleep(server, client, planned->lasts);
        if (!go_on)
            co_return false;
    }
    if (given.stream) {
        auto stream = *std::move(given.stream);
        co_await stream_events(server, client, std::move(stream));
        co_return false;
    }
    bool const sent = co_await send(server, client, std::move(given), keep_alive, asked.method == "HEAD");
    co_return sent&& keep_alive;
}

http::response<http::string_body> simulated_engine::server::dress(answer given, bool keep_alive) const {
    http::response<http::string_body> made{static_cast<http::status>(given.status), 11};
    made.set("Api-Version", "1.41");
    made.set("Docker-Experimental", "false");
    made.set("Ostype", "linux");
    made.set("Swarm", swarm_header(faults_.place()));
    made.set(http::field::server, "Docker/20.10.24-simulated (linux)");
    made.set(http::field::cache_control, "no-cache, no-store, must-revalidate");
    if (!given.content_type.empty())
        made.set(http::field::content_type, given.content_type);
    made.keep_alive(keep_alive);
    made.body() = std::move(given.body);
    made.prepare_payload();
    return made;
}

asio::awaitable<bool>
simulated_engine::server::send(self server, connection client, answer given, bool keep_alive, bool head) {
    auto message = server->dress(std::move(given), keep_alive);
    if (head)
        message.body().clear(
        ); // The length stays that of a GET; HTTP allows it, and the engine sends no body either.
    if (head)
        message.prepare_payload();
    error_code fault;
    client->stream.expires_after(write_time);
    co_await http::async_write(client->stream, message, asio::redirect_error(asio::use_awaitable, fault));
    co_return !fault;
}

asio::awaitable<void> simulated_engine::server::send_half(self server, connection client, answer given) {
    auto const message = server->dress(std::move(given), false);
    std::string wire =
        "HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\nContent-Type: application/json\r\nContent-Length: " +
        std::to_string(message.body().size()) + "\r\n\r\n";
    wire += message.body().substr(0, message.body().size() / 2);
    error_code fault;
    client->stream.expires_after(write_time);
    co_await asio::async_write(
        client->stream, asio::buffer(wire), asio::redirect_error(asio::use_awaitable, fault)
    );
}

asio::awaitable<void>
simulated_engine::server::stream_events(self server, connection client, event_stream what) {
    using namespace asio::experimental::awaitable_operators;
    auto head = server->dress({200, "application/json", {}, {}}, false);
    head.erase(http::field::content_length);
    head.chunked(true);
    http::response_serializer<http::string_body> serializer{head};
    error_code fault;
    client->stream.expires_after(write_time);
    co_await http::async_write_header(
        client->stream, serializer, asio::redirect_error(asio::use_awaitable, fault)
    );
    while (!fault && !server->stopped_) {
        std::string lines;
        for (auto const& one : server->swarm_.events_after(what.after)) {
            what.after = one.sequence;
            if (what.shows(one))
                lines += event_line(one);
        }
        bool const over = what.until && server->now_() >= *what.until;
        if (!lines.empty()) {
            client->stream.expires_after(write_time);
            auto const chunk = http::make_chunk(asio::buffer(lines));
            co_await asio::async_write(
                client->stream, chunk, asio::redirect_error(asio::use_awaitable, fault)
            );
            continue; // More may have come meanwhile.
        }
        if (over) {
            auto const last = http::make_chunk_last();
            co_await asio::async_write(
                client->stream, last, asio::redirect_error(asio::use_awaitable, fault)
            );
            break;
        }
        // A client that hangs up ends the wait, as do new events and the end of the stream.
        auto const rest = what.until ? *what.until - server->now_() : model::duration{longest_sleep};
        client->wake.expires_after(
            std::chrono::ceil<std::chrono::microseconds>(std::min<model::duration>(rest, longest_sleep))
        );
        client->stream.expires_never(); // Bounded by the timer beside it.
        error_code woken;
        error_code gone;
        auto ignored = asio::buffer(client->received.prepare(512));
        auto const first = co_await (
            client->wake.async_wait(asio::redirect_error(asio::use_awaitable, woken)) ||
            client->stream.async_read_some(ignored, asio::redirect_error(asio::use_awaitable, gone))
        );
        if (first.index() == 1 && gone)
            break;
    }
}

simulated_engine::simulated_engine(
    asio::io_context& context, model::scenario scenario, std::string socket_path, clock now
)
    : server_{std::make_shared<server>(context, std::move(scenario), std::move(socket_path), std::move(now))
      } {}

simulated_engine::~simulated_engine() {
    server_->stop();
}

std::optional<std::string> simulated_engine::start() {
    return server_->start();
}

void simulated_engine::stop() {
    server_->stop();
}

void simulated_engine::poke() {
    server_->poke();
}

model::cluster& simulated_engine::swarm() {
    return server_->swarm();
}

faults& simulated_engine::injected() {
    return server_->injected();
}

std::string simulated_engine::endpoint() const {
    return "unix://" + server_->path();
}

model::time_point simulated_engine::wall_clock() {
    return std::chrono::time_point_cast<model::duration>(std::chrono::system_clock::now());
}

} // namespace autoscaler::swarm::simulated
