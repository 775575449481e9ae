// What the server does on one connection: requests one after the other, with their faults, and streams of
// events.
#include "swarm_client/simulated/server.hpp"
#include "swarm_client/simulated/views.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http.hpp>

#include <algorithm>
#include <utility>

namespace autoscaler::swarm::simulated {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;

namespace {

constexpr std::uint64_t largest_body =
    16ULL * 1024 * 1024; // Above the engine's own limits, so that it names them.
constexpr std::chrono::seconds write_time{30};
constexpr std::chrono::minutes idle_time{10};
constexpr std::chrono::minutes longest_wait{1}; // For events; then a virtual clock is looked at again.

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

asio::awaitable<void> simulated_engine::server::serve(self server, connection client) {
    for (bool more = true; more && !server->stopped_;) {
        http::request_parser<http::string_body> parser;
        parser.body_limit(largest_body);
        client->stream.expires_after(idle_time);
        error_code fault;
        co_await http::async_read(
            client->stream, client->received, parser, asio::redirect_error(asio::use_awaitable, fault)
        );
        if (fault || !co_await wait_while(server, client, &server::is_frozen))
            break;
        auto message = parser.release();
        request asked{
            std::string{message.method_string()}, std::string{message.target()}, std::move(message.body())
        };
        more = co_await respond(server, client, std::move(asked), message.keep_alive());
    }
    client->stream.close();
}

// Waits until that is over; says whether to go on.
asio::awaitable<bool> simulated_engine::server::wait_while(
    self server, connection client, bool (simulated_engine::server::*holds)() const
) {
    while (!server->stopped_ && (*server.*holds)()) {
        error_code cancelled;
        client->wake.expires_after(longest_wait);
        co_await client->wake.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
    }
    co_return !server->stopped_;
}

// An engine that is cut off answers out of its memory.
answer simulated_engine::server::handle(request const& asked) {
    if (past_ && asked.method == "GET")
        return engine_api{*past_, faults_}.handle(asked, past_->now());
    return api_.handle(asked, now_());
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
    if (asked.method == "POST" && !control && !co_await wait_while(server, client, &server::is_cut_off))
        co_return false;
    answer given;
    if (is(fault_kind::error))
        given = error_answer(planned->status, planned->text);
    else if (is(fault_kind::conflict))
        given = error_answer(500, "rpc error: code = Unknown desc = update out of sequence");
    else
        given = server->handle(asked);
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
        bool const mute = server->frozen_ || server->past_;
        for (auto const& one :
             mute ? std::vector<model::event>{} : server->swarm().events_after(what.after)) {
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
        auto const rest = what.until ? *what.until - server->now_() : model::duration{longest_wait};
        client->wake.expires_after(
            std::chrono::ceil<std::chrono::microseconds>(std::min<model::duration>(rest, longest_wait))
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

} // namespace autoscaler::swarm::simulated
