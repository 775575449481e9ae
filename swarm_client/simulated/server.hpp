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
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

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
    // The Swarm, and who speaks for it: a change at one engine is an event at all of them.
    struct world {
        model::cluster swarm;
        std::vector<std::weak_ptr<server>> engines{};
    };

    server(boost::asio::io_context& context, std::shared_ptr<world> of, std::string path, clock now)
        : context_{context}
        , path_{std::move(path)}
        , now_{std::move(now)}
        , world_{std::move(of)}
        , api_{world_->swarm, faults_}
        , acceptor_{context}
        , alarm_{context} {}

    std::optional<std::string> start();
    void stop();
    void poke();

    void freeze() { frozen_ = true; }

    void thaw();

    void cut_off() { past_.emplace(world_->swarm); }

    void rejoin();

    model::cluster& swarm() { return world_->swarm; }

    std::shared_ptr<world> const& all() const { return world_; }

    clock const& time() const { return now_; }

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
    static boost::asio::awaitable<bool>
    wait_while(self server, connection client, bool (server::*holds)() const);
    answer handle(request const& asked);
    void wake_all();

    bool is_frozen() const { return frozen_; }

    bool is_cut_off() const { return past_.has_value(); }

    void admit(boost::asio::local::stream_protocol::socket socket);
    boost::beast::http::response<boost::beast::http::string_body> dress(answer given, bool keep_alive) const;
    void set_alarm();

    boost::asio::io_context& context_;
    std::string path_;
    clock now_;
    faults faults_;
    std::shared_ptr<world> world_;
    engine_api api_;
    std::optional<model::cluster> past_; // as it was when this engine was cut off
    bool frozen_{false};
    boost::asio::local::stream_protocol::acceptor acceptor_;
    boost::asio::steady_timer alarm_;
    std::set<connection> sessions_;
    bool stopped_{true};
};

} // namespace autoscaler::swarm::simulated
