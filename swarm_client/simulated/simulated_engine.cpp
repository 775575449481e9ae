#include "swarm_client/simulated/simulated_engine.hpp"

#include "swarm_client/simulated/server.hpp"
#include "swarm_client/simulated/spec_codec.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <cstdio>
#include <utility>

namespace autoscaler::swarm::simulated {

namespace asio = boost::asio;
using boost::system::error_code;
using stream_protocol = asio::local::stream_protocol;

namespace {

constexpr std::chrono::minutes longest_sleep{1}; // Of the alarm: a virtual clock may be ahead by then.

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

} // namespace

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
    world_->engines.push_back(weak_from_this());
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
    std::erase_if(world_->engines, [this](auto const& one) { return one.lock().get() == this; });
}

void simulated_engine::server::poke() {
    swarm().advance(now_());
    std::erase_if(world_->engines, [](auto const& one) { return one.expired(); });
    for (auto const& one : world_->engines)
        if (auto const engine = one.lock()) {
            engine->wake_all();
            engine->set_alarm();
        }
}

void simulated_engine::server::wake_all() {
    for (auto const& one : sessions_)
        one->wake.cancel();
}

void simulated_engine::server::thaw() {
    frozen_ = false;
    wake_all();
}

void simulated_engine::server::rejoin() {
    past_.reset();
    wake_all();
}

void simulated_engine::server::set_alarm() {
    auto const due = stopped_ ? std::nullopt : swarm().next_due();
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

simulated_engine::simulated_engine(
    asio::io_context& context, model::scenario scenario, std::string socket_path, clock now
)
    : server_{std::make_shared<server>(
          context,
          std::make_shared<server::world>(server::world{model::cluster{normalized(std::move(scenario)), now()}
          }),
          std::move(socket_path),
          now
      )} {}

simulated_engine::simulated_engine(
    asio::io_context& context, simulated_engine const& other, std::string socket_path
)
    : server_{std::make_shared<server>(
          context, other.server_->all(), std::move(socket_path), other.server_->time()
      )} {}

simulated_engine::~simulated_engine() {
    server_->stop();
}

std::optional<std::string> simulated_engine::start() {
    return server_->start();
}

void simulated_engine::stop() {
    server_->stop();
}

void simulated_engine::freeze() {
    server_->freeze();
}

void simulated_engine::thaw() {
    server_->thaw();
}

void simulated_engine::cut_off() {
    server_->cut_off();
}

void simulated_engine::rejoin() {
    server_->rejoin();
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
