// The server behind simulated_engine: accepts, answers through engine_api, and drives the model's clock.
// Private to this folder, for the sake of the Asio in it. Coroutines hold it by shared pointer; stop() makes
// all of them end.
#pragma once

#include "swarm_client/simulated/engine_api.hpp"
#include "swarm_client/simulated/simulated_engine.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>

#include <memory>
#include <set>
#include <string>
#include <utility>

namespace autoscaler::swarm::simulated {

// One connection. The server closes it; its coroutine notices and ends.
struct session {
    explicit session(boost::asio::local::stream_protocol::socket socket)
        : stream{std::move(socket)}, wake{stream.get_executor()} {}

    boost::beast::basic_stream<boost::asio::local::stream_protocol> stream;
    boost::asio::steady_timer wake; // Cancelled when events have come or the server stops.
    boost::beast::flat_buffer received;
};

class simulated_engine::server : public std::enable_shared_from_this<server> {
public:
    server(boost::asio::io_context& context, model::scenario scenario, std::string path, clock now)
        : context_{context}
        , path_{std::move(path)}
        , now_{std::move(now)}
        , swarm_{std::move(scenario), now_()}
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

    static boost::asio::awaitable<void> accept(self server);
    static boost::asio::awaitable<void> serve(self server, connection client);
    static boost::asio::awaitable<bool>
    respond(self server, connection client, request asked, bool keep_alive);
    static boost::asio::awaitable<bool>
    send(self server, connection client, answer given, bool keep_alive, bool head);
    static boost::asio::awaitable<void> send_half(self server, connection client, answer given);
    static boost::asio::awaitable<void> stream_events(self server, connection client, event_stream what);
    static boost::asio::awaitable<bool> sleep(self server, connection client, model::duration how_long);

    void admit(boost::asio::local::stream_protocol::socket socket);
    boost::beast::http::response<boost::beast::http::string_body> dress(answer given, bool keep_alive) const;
    void set_alarm();

    boost::asio::io_context& context_;
    std::string path_;
    clock now_;
    faults faults_;
    model::cluster swarm_;
    engine_api api_;
    boost::asio::local::stream_protocol::acceptor acceptor_;
    boost::asio::steady_timer alarm_;
    std::set<connection> sessions_;
    bool stopped_{true};
};

} // namespace autoscaler::swarm::simulated
