#include "instance.hpp"

#include "policy/yaml/load_policy.hpp"
#include "server/alertmanager/api.hpp"
#include "server/driver/clock.hpp"
#include "server/driver/driver.hpp"
#include "server/http/server.hpp"
#include "server/log/log.hpp"
#include "server/metrics/metrics.hpp"
#include "server/monitoring/monitoring.hpp"
#include "server/notify/announcer.hpp"
#include "server/text/time.hpp"
#include "server/webhook/receiver.hpp"
#include "swarm_client/engine_client.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <map>
#include <sstream>
#include <stdexcept>
#include <utility>

namespace autoscaler::tests {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

std::shared_ptr<policy::policy_set const> load(std::string_view text, std::string const& stack) {
    policy::load_options options;
    options.stack_default = stack;
    auto loaded = policy::load_policy(text, "policy.yml", options);
    if (loaded.policies)
        return std::make_shared<policy::policy_set const>(std::move(*loaded.policies));
    std::string problems;
    for (auto const& fault : loaded.faults)
        problems += policy::to_string(fault) + "\n";
    throw std::runtime_error(problems);
}

std::string alert(std::string_view alertname, std::string_view instance, policy::time_point end) {
    return R"([{"labels":{"alertname":")" + std::string(alertname) + R"(","instance":")" +
           std::string(instance) + R"("},"endsAt":")" + server::text::to_rfc3339(end) + R"("}])";
}

policy::time_point wall_now() {
    return std::chrono::floor<policy::duration>(std::chrono::system_clock::now());
}

asio::awaitable<void>
exchange(tcp::socket socket, std::uint16_t port, std::string request, std::shared_ptr<http_reply> reply) {
    boost::system::error_code ec;
    tcp::endpoint const where(asio::ip::address_v4::loopback(), port);
    co_await socket.async_connect(where, asio::redirect_error(asio::use_awaitable, ec));
    if (!ec)
        co_await asio::async_write(
            socket, asio::buffer(request), asio::redirect_error(asio::use_awaitable, ec)
        );
    std::string text;
    if (!ec) // the request asks the server to close, so its end ends the answer
        co_await asio::async_read(
            socket, asio::dynamic_buffer(text), asio::redirect_error(asio::use_awaitable, ec)
        );
    constexpr std::string_view status_line = "HTTP/1.1 ";
    if (text.starts_with(status_line))
        std::from_chars(text.data() + status_line.size(), text.data() + text.size(), reply->status);
    if (auto const end = text.find("\r\n\r\n"); end != std::string::npos)
        reply->body = text.substr(end + 4);
    reply->done = true;
}

void must_not_throw(std::exception_ptr const& failure) {
    if (failure)
        std::rethrow_exception(failure);
}

struct ended_call {
    std::string operation;
    std::string outcome;
};

} // namespace

std::string firing(std::string_view alertname, std::string_view instance) {
    return alert(alertname, instance, wall_now() + std::chrono::hours(1));
}

std::string resolved(std::string_view alertname, std::string_view instance) {
    return alert(alertname, instance, wall_now() - std::chrono::seconds(1));
}

struct instance::parts final : server::alert_sink {
    parts(asio::io_context& io, std::string const& socket, setting const& chosen);

    server::alert_receipt on_alerts(server::alert_delivery const& delivery) override {
        if (!delivery.notices.empty())
            driver.receive(delivery.notices);
        return {};
    }

    server::outside_world outside();
    server::driver_observers observers();
    server::notify::announcer_events notified();
    server::http::router routes();
    asio::awaitable<void> end(std::chrono::milliseconds write_patience);

    static std::vector<swarm::endpoint> endpoints(std::string const& socket, setting const& chosen) {
        std::vector<swarm::endpoint> all(1 + chosen.more_sockets.size());
        all.front().path = socket;
        for (std::size_t i = 0; i < chosen.more_sockets.size(); ++i)
            all[i + 1].path = chosen.more_sockets[i];
        return all;
    }

    static swarm::limits bounds(setting const& chosen) {
        swarm::limits made;
        made.connect = made.ping = made.request = chosen.request;
        if (chosen.hasty) {
            made.connect = made.ping = std::chrono::seconds(1); // any living thread gets its turn by then
            made.first_retry = std::chrono::milliseconds(50);
            made.longest_retry = made.longest_slow_retry = std::chrono::milliseconds(200);
        }
        return made;
    }

    static server::driver_pace pace(setting const& chosen) {
        server::driver_pace made;
        if (chosen.hasty)
            made.probe = made.retry = made.events = std::chrono::milliseconds(50);
        return made;
    }

    // As the daemon does: of a single one it is told that no manager is there.
    swarm::endpoint_observer observer(setting const& chosen) {
        if (chosen.more_sockets.empty())
            return nullptr;
        return [this](swarm::endpoint_state const& state) {
            manager_lines.push_back((state.up ? "up " : "down ") + state.endpoint);
        };
    }

    // A test does not wait for a receiver to come back.
    static server::notify::limits hasty() {
        server::notify::limits made;
        made.pauses = {};
        return made;
    }

    static std::string next_name() {
        static unsigned made = 0;
        return "test" + std::to_string(++made);
    }

    policy::time_point now() { return clock.now(); }

    asio::io_context& io;
    std::string stack;
    server::daemon_clock clock;
    std::vector<policy::decision> decisions;
    std::vector<ended_call> calls;
    std::vector<std::string> manager_lines;
    std::vector<std::string> queries;  // how each ended
    std::vector<std::string> messages; // likewise
    std::vector<std::string> notices;  // likewise
    server::metrics counters{{.version = "test", .revision = ""}};
    server::monitoring monitoring;
    swarm::engine_client swarm;
    policy::engine engine;
    server::notify::announcer announcer;
    server::driver driver;
    server::alertmanager::api alerts;
    server::webhook::receiver webhook;
    server::http::server http;
    bool ended = false;
};

instance::parts::parts(asio::io_context& context, std::string const& socket, setting const& chosen)
    : io(context)
    , stack(chosen.stack)
    , monitoring(io.get_executor(), counters)
    , swarm(io.get_executor(), endpoints(socket, chosen), bounds(chosen), observer(chosen))
    , engine({.instance = next_name()}, load(chosen.policy, stack), clock.now())
    , announcer(io.get_executor(), notified(), {.most_waiting = 100, .sending = hasty()})
    , driver(
          io.get_executor(), swarm, engine, outside(), [this] { return now(); }, observers(), pace(chosen)
      )
    , alerts(*this, [this] { return now(); })
    , webhook(*this, alerts, [this] { return now(); })
    , http(io, routes()) {
    static std::ostringstream unread; // what a failing Prometheus makes the daemon say is no news here
    server::log::start({}, &unread);
    if (auto const problem = http.listen("127.0.0.1:0"); !problem.empty())
        throw std::runtime_error(problem);
    driver.start();
}

server::outside_world instance::parts::outside() {
    server::outside_world world;
    world.connect = [this](policy::prometheus_source const& source) { return monitoring.connect(source); };
    world.messages = std::make_shared<server::notify::sender>(io.get_executor(), hasty());
    return world;
}

server::driver_observers instance::parts::observers() {
    server::driver_observers told;
    told.decided = [this](policy::decision const& what) {
        decisions.push_back(what);
        announcer.tell(engine.policies(), what);
    };
    told.called = [this](std::string_view operation, std::string_view outcome, auto) {
        calls.push_back({std::string(operation), std::string(outcome)});
    };
    told.conflicted = [] {};
    told.scaled_on_alert = [](auto) {};
    told.reached = [this](server::readiness const& state, std::string_view endpoint) {
        manager_lines.push_back(state.ready ? "reached " + std::string(endpoint) : "none " + state.cause);
    };
    told.configs_changed = [] {};
    told.observed = [](auto const&) {};
    told.queried = [this](auto const& what, auto const& answer) {
        monitoring.queried(what, answer);
        queries.push_back(answer.error);
    };
    told.posted = [this](auto const&, auto const& error) { messages.push_back(error); };
    return told;
}

server::notify::announcer_events instance::parts::notified() {
    server::notify::announcer_events told;
    told.queued = [](auto, auto) {};
    told.ended = [this](auto, auto const& error) { notices.push_back(error); };
    return told;
}

server::http::router instance::parts::routes() {
    server::http::router made("/");
    alerts.add_to(made);
    webhook.add_to(made);
    return made;
}

asio::awaitable<void> instance::parts::end(std::chrono::milliseconds write_patience) {
    co_await http.stop(std::chrono::milliseconds(100));
    co_await driver.stop(write_patience, [this] { swarm.stop(); });
    co_await announcer.stop(write_patience);
    ended = true;
}

instance::instance(loop& runs_on, std::string const& socket, setting const& chosen)
    : loop_(runs_on), parts_(std::make_unique<parts>(runs_on.context(), socket, chosen)) {}

instance::~instance() {
    if (!parts_->ended && !stop(std::chrono::milliseconds(0)))
        std::abort(); // its coroutines would run on freed memory
}

std::shared_ptr<http_reply> instance::post(std::string body, std::string path) {
    auto const reply = std::make_shared<http_reply>();
    std::string request = "POST " + path + " HTTP/1.1\r\nHost: autoscaler\r\nConnection: close\r\n" +
                          "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
                          "\r\n\r\n" + body;
    asio::co_spawn(
        parts_->io,
        exchange(tcp::socket(parts_->io), parts_->http.ports().front(), std::move(request), reply),
        must_not_throw
    );
    return reply;
}

unsigned instance::deliver(std::string body) {
    auto const reply = post(std::move(body));
    loop_.until([&] { return reply->done; });
    return reply->status;
}

void instance::reload(std::string_view policy) {
    parts_->driver.replace_policies(load(policy, parts_->stack));
}

void instance::silence(std::vector<policy::silence> all) {
    parts_->driver.replace_silences(std::move(all));
}

policy::service_status instance::status() const {
    return parts_->engine.services(parts_->now()).at(0);
}

std::vector<policy::service_status> instance::services() const {
    return parts_->engine.services(parts_->now());
}

bool instance::ready() const {
    return parts_->driver.state().ready;
}

std::string const& instance::cause() const {
    return parts_->driver.state().cause;
}

std::vector<std::string> const& instance::manager_lines() const {
    return parts_->manager_lines;
}

std::vector<policy::decision> const& instance::decisions() const {
    return parts_->decisions;
}

std::size_t instance::recorded(policy::decided_action action) const {
    auto const count = std::ranges::count(parts_->decisions, action, &policy::decision::action);
    return static_cast<std::size_t>(count);
}

std::size_t instance::recorded(policy::reason why) const {
    return static_cast<std::size_t>(std::ranges::count(parts_->decisions, why, &policy::decision::why));
}

namespace {

std::size_t count(std::vector<std::string> const& errors, bool failed) {
    auto const counted =
        std::ranges::count_if(errors, [failed](auto const& error) { return !failed || !error.empty(); });
    return static_cast<std::size_t>(counted);
}

} // namespace

std::size_t instance::queries(bool failed) const {
    return count(parts_->queries, failed);
}

std::size_t instance::messages(bool failed) const {
    return count(parts_->messages, failed);
}

std::size_t instance::notifications(bool failed) const {
    return count(parts_->notices, failed);
}

std::size_t instance::calls(std::string_view operation, std::string_view outcome) const {
    auto const fits = [&](ended_call const& call) {
        return call.operation == operation && (outcome.empty() || call.outcome == outcome);
    };
    return static_cast<std::size_t>(std::ranges::count_if(parts_->calls, fits));
}

std::string instance::nudge() {
    std::string const label = "nudge" + std::to_string(++nudges_);
    std::string alerts;
    for (auto const& policy : parts_->engine.policies().policies)
        for (auto const& rule : policy.rules) {
            auto const one = resolved(rule.name, label);
            alerts += (alerts.empty() ? "" : ",") + one.substr(1, one.size() - 2);
        }
    return "[" + alerts + "]";
}

bool instance::looks_again() {
    return look_again(loop_, {this});
}

bool look_again(loop& runs, std::vector<instance*> const& all) {
    for (int look = 0; look < 2; ++look) {
        std::map<instance*, std::size_t> waiting;
        for (auto* const each : all)
            waiting.emplace(each, each->calls("inspect", "ok"));
        auto const all_looked = [&] {
            std::erase_if(waiting, [](auto& one) { return one.first->calls("inspect", "ok") > one.second; });
            return waiting.empty();
        };
        auto const end = std::chrono::steady_clock::now() + patience;
        // News that come while a service is being asked about need no second question, so they are repeated.
        do {
            if (std::chrono::steady_clock::now() >= end)
                return false;
            std::vector<std::shared_ptr<http_reply>> replies;
            for (auto const& [each, before] : waiting)
                replies.push_back(each->post(each->nudge()));
            runs.until([&] {
                return std::ranges::all_of(replies, [](auto const& reply) { return reply->done; });
            });
        } while (!runs.until(all_looked, std::chrono::milliseconds(200)));
    }
    return true;
}

bool instance::stop(std::chrono::milliseconds write_patience) {
    asio::co_spawn(parts_->io, parts_->end(write_patience), must_not_throw);
    return loop_.until([&] { return parts_->ended; });
}

} // namespace autoscaler::tests
