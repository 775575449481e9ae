#include "server/daemon.hpp"

#include "policy/core/engine.hpp"
#include "server/alertmanager/alert_sink.hpp"
#include "server/alertmanager/api.hpp"
#include "server/api/api.hpp"
#include "server/cli/policy_file.hpp"
#include "server/cli/version.hpp"
#include "server/driver/clock.hpp"
#include "server/driver/driver.hpp"
#include "server/http/server.hpp"
#include "server/journal/journal.hpp"
#include "server/log/log.hpp"
#include "server/metrics/metrics.hpp"
#include "server/monitoring/monitoring.hpp"
#include "server/notify/announcer.hpp"
#include "server/observers.hpp"
#include "server/simulation.hpp"
#include "server/webhook/receiver.hpp"
#include "swarm_client/engine_client.hpp"
#include "swarm_client/engine_tls.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <iostream>
#include <random>
#include <utility>

namespace autoscaler::server {

namespace asio = boost::asio;
using log::level;

namespace {

// SIGTERM must be through within 8 s: first the requests in flight, then writes that Swarm has not answered
// yet, and what notifiers are told besides.
constexpr auto http_patience = std::chrono::seconds(2);
constexpr auto write_patience = std::chrono::seconds(3);

// Names this run of this daemon in the state label. Random, so that no two are alike; short, for the label is
// small.
std::string make_instance() {
    std::random_device entropy;
    return policy::to_hex((std::uint64_t{entropy()} << 32U) | entropy()).substr(0, 8);
}

policy::load_options loading(cli::serve_options const& options) {
    return {.stack_default = options.stack, .max_replicas = options.max_replicas};
}

std::vector<std::string> to_lines(std::span<policy::fault const> faults) {
    std::vector<std::string> lines;
    for (auto const& fault : faults)
        lines.push_back(policy::to_string(fault));
    return lines;
}

class daemon final : alert_sink {
public:
    daemon(cli::serve_options const& options, std::shared_ptr<policy::policy_set const> policies);

    // Opens the listeners and, where asked for, the simulated Swarm. Returns what went wrong, or "".
    std::string open();
    void run();

private:
    alert_receipt on_alerts(alert_delivery const& delivery) override;
    outside_world outside();
    void add_routes(http::router& routes);
    http::response reload();
    asio::awaitable<void> obey_signals();
    asio::awaitable<void> stop();

    policy::time_point now() { return clock_.now(); }

    cli::serve_options options_;
    asio::io_context io_{1};
    daemon_clock clock_;
    metrics metrics_;
    journal journal_;
    monitoring monitoring_;
    std::string instance_ = make_instance();
    policy_watch policy_watch_{instance_};
    notify::announcer announcer_;
    std::unique_ptr<simulation> simulation_;
    std::unique_ptr<swarm::engine_client> swarm_;
    policy::engine engine_;
    std::unique_ptr<driver> driver_;
    alertmanager::api alerts_;
    webhook::receiver webhook_;
    std::unique_ptr<http::server> http_;
    asio::signal_set signals_;
    task_group tasks_;
    policy::time_point loaded_;
};

daemon::daemon(cli::serve_options const& options, std::shared_ptr<policy::policy_set const> policies)
    : options_(options)
    , metrics_({.version = std::string(cli::version()), .revision = ""})
    , journal_(metrics_)
    , monitoring_(io_.get_executor(), metrics_)
    , announcer_(io_.get_executor(), announcer_events_for(metrics_))
    , engine_({.instance = instance_, .dry_run = options.dry_run}, std::move(policies), clock_.now())
    , alerts_(*this, [this] { return now(); })
    , webhook_(*this, alerts_, [this] { return now(); })
    , signals_(io_, SIGTERM, SIGINT, SIGHUP)
    , tasks_(io_.get_executor())
    , loaded_(clock_.now()) {
    metrics_.config_loaded(engine_.policies().hash, loaded_);
    policy_watch_.follow(engine_.policies().hash);
}

std::string daemon::open() {
    std::vector<swarm::endpoint> endpoints;
    for (auto const& host : options_.docker_hosts) {
        if (auto const* real = std::get_if<swarm::endpoint>(&host)) {
            if (auto problem = swarm::fault_of_tls_files(*real); !problem.empty())
                return problem;
            endpoints.push_back(*real);
            continue;
        }
        simulation_ = std::make_unique<simulation>(io_);
        if (auto problem = simulation_->open(std::get<cli::simulated_swarm>(host).file); !problem.empty())
            return problem;
        endpoints.push_back(simulation_->endpoint());
    }
    swarm_ = std::make_unique<swarm::engine_client>(io_.get_executor(), std::move(endpoints));
    driver_ = std::make_unique<driver>(
        io_.get_executor(),
        *swarm_,
        engine_,
        outside(),
        [this] { return now(); },
        observers_for(journal_, metrics_, monitoring_, policy_watch_, engine_, announcer_, [] {})
    );

    http::router routes(options_.route_prefix);
    for (auto const& origin : options_.cors_origins)
        routes.allow_origin(origin);
    add_routes(routes);
    http::options serving;
    serving.on_answer = [this](std::string_view pattern, unsigned status) {
        metrics_.http_request(pattern, status);
    };
    serving.on_fault = [](std::string_view fault) {
        log::event(level::error, "http server", {{"error", fault}});
    };
    http_ = std::make_unique<http::server>(io_, std::move(routes), std::move(serving));
    for (auto const& where : options_.listen) {
        auto const address = cli::to_string(where);
        if (auto problem = http_->listen(address); !problem.empty())
            return problem;
        log::event(level::info, "listening", {{"address", address}});
    }
    return "";
}

void daemon::run() {
    driver_->start();
    tasks_.spawn(obey_signals());
    io_.run();
}

alert_receipt daemon::on_alerts(alert_delivery const& delivery) {
    std::uint64_t resolved = 0;
    for (auto const& notice : delivery.notices) {
        bool const over = notice.source == policy::alert_source::webhook
                              ? notice.resolved
                              : notice.ends_at && *notice.ends_at <= delivery.now;
        resolved += over ? 1 : 0;
    }
    metrics_.alerts_received(delivery.api, "firing", delivery.notices.size() - resolved);
    metrics_.alerts_received(delivery.api, "resolved", resolved);
    metrics_.alerts_invalid(delivery.invalid);
    if (!delivery.notices.empty())
        driver_->receive(delivery.notices);
    return {};
}

outside_world daemon::outside() {
    outside_world world;
    world.connect = [this](policy::prometheus_source const& source) { return monitoring_.connect(source); };
    world.messages = std::make_shared<notify::sender>(io_.get_executor());
    return world;
}

void daemon::add_routes(http::router& routes) {
    alerts_.add_to(routes);
    webhook_.add_to(routes);
    // Whoever looks after us has no password: a health check, a balancer.
    routes.add("GET", "/-/healthy", [](auto const&) { return api::healthy(); }, http::right::open);
    routes.add(
        "GET",
        "/-/ready",
        [this](auto const&) {
            return api::ready({.ready = driver_->state().ready, .cause = driver_->state().cause});
        },
        http::right::open
    );
    routes.add("POST", "/-/reload", [this](auto const&) { return reload(); });
    routes.add("GET", "/metrics", [this](auto const&) {
        auto const services = engine_.services(now());
        http::response answer;
        answer.content_type = metrics_content_type;
        metrics_state state;
        state.services = services;
        state.active_alerts = engine_.active_alerts(now());
        state.silenced_alerts = engine_.silenced_alerts(now());
        state.alert_bytes = engine_.alert_bytes();
        state.connections = http_->connections();
        state.policy_mismatches = policy_watch_.mismatches();
        state.now = now();
        answer.body = metrics_.render(state);
        return answer;
    });
    routes.add("GET", "/autoscaler/v1/services", [this](auto const&) {
        return api::services(engine_.services(now()));
    });
    routes.add("GET", "/autoscaler/v1/services/{name}", [this](http::request const& asked) {
        return api::service(engine_.services(now()), asked.parameters[0]);
    });
    routes.add("GET", "/autoscaler/v1/decisions", [this](http::request const& asked) {
        return api::decisions(journal_, engine_.services(now()), asked.query, now());
    });
    routes.add("GET", "/autoscaler/v1/policies", [this](auto const&) {
        return api::policies(engine_.policies(), options_.config_file, loaded_);
    });
}

// A bad file changes nothing but the metric that tells of it.
http::response daemon::reload() {
    auto loaded = cli::load_policy_file(options_.config_file, loading(options_));
    for (auto const& fault : loaded.faults)
        log::event(
            fault.severity == policy::fault_severity::error ? level::error : level::warn,
            "policy file",
            {{"fault", policy::to_string(fault)}}
        );
    if (!loaded.policies) {
        metrics_.config_refused();
        log::event(
            level::error, "policy file refused, the old policies stay", {{"file", options_.config_file}}
        );
        return api::reloaded(to_lines(loaded.faults));
    }
    loaded_ = now();
    metrics_.config_loaded(loaded.policies->hash, loaded_);
    policy_watch_.follow(loaded.policies->hash);
    log::event(
        level::info, "policy file loaded", {{"file", options_.config_file}, {"hash", loaded.policies->hash}}
    );
    driver_->replace_policies(std::make_shared<policy::policy_set const>(std::move(*loaded.policies)));
    return api::reloaded({});
}

asio::awaitable<void> daemon::obey_signals() {
    for (;;) {
        boost::system::error_code failure;
        int const signal = co_await signals_.async_wait(asio::redirect_error(asio::use_awaitable, failure));
        if (signal == SIGHUP) {
            reload();
            continue;
        }
        log::event(level::info, "stopping", {{"signal", signal == SIGINT ? "SIGINT" : "SIGTERM"}});
        co_await stop();
        co_return;
    }
}

asio::awaitable<void> daemon::stop() {
    co_await http_->stop(http_patience);
    auto const end = std::chrono::steady_clock::now() + write_patience;
    co_await driver_->stop(write_patience, [this] { swarm_->stop(); });
    co_await announcer_.stop(std::max(
        std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now()),
        std::chrono::milliseconds(0)
    ));
    if (simulation_)
        simulation_->close();
    log::event(level::info, "stopped");
}

} // namespace

int serve(cli::serve_options const& options) {
    log::start({.threshold = options.log_level, .as = options.log_format});
    auto loaded = cli::load_policy_file(options.config_file, loading(options));
    for (auto const& line : to_lines(loaded.faults))
        std::cerr << line << '\n';
    if (!loaded.policies)
        return cli::exit_usage;
    daemon running(options, std::make_shared<policy::policy_set const>(std::move(*loaded.policies)));
    if (auto const problem = running.open(); !problem.empty()) {
        std::cerr << "swarm-autoscaler: error: " << problem << '\n';
        return cli::exit_usage;
    }
    running.run();
    return 0;
}

} // namespace autoscaler::server
