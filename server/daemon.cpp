#include "server/daemon.hpp"

#include "policy/core/engine.hpp"
#include "server/alert_paths.hpp"
#include "server/alertmanagers/follower.hpp"
#include "server/api/api.hpp"
#include "server/api/pauses.hpp"
#include "server/cli/policy_file.hpp"
#include "server/cli/version.hpp"
#include "server/driver/clock.hpp"
#include "server/driver/driver.hpp"
#include "server/http/server.hpp"
#include "server/journal/journal.hpp"
#include "server/log/log.hpp"
#include "server/management.hpp"
#include "server/metrics/metrics.hpp"
#include "server/monitoring/monitoring.hpp"
#include "server/notify/announcer.hpp"
#include "server/observers.hpp"
#include "server/recall.hpp"
#include "server/shared/shared_state.hpp"
#include "server/simulation.hpp"
#include "server/storage/memory_keeper.hpp"
#include "server/storage/storage.hpp"
#include "server/web/exposure.hpp"
#include "server/web/gate.hpp"
#include "swarm_client/engine_client.hpp"
#include "swarm_client/engine_tls.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/host_name.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <iostream>
#include <optional>
#include <random>
#include <utility>

namespace autoscaler::server {

namespace asio = boost::asio;
using log::level;

namespace {

// SIGTERM must be through within 8 s: first the requests in flight, then silences, then writes that Swarm has
// not answered yet, and what notifiers are told besides.
constexpr auto http_patience = std::chrono::seconds(2);
constexpr auto share_patience = std::chrono::seconds(1);
constexpr auto write_patience = std::chrono::seconds(3);

// What of its memory a daemon may lose that is killed; the rest is in the state label.
constexpr auto save_interval = std::chrono::seconds(5);
constexpr auto prune_interval = std::chrono::hours(1);

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

std::vector<std::string> errors_of(std::span<policy::fault const> faults) {
    std::vector<std::string> lines;
    for (auto const& fault : faults)
        if (fault.severity == policy::fault_severity::error)
            lines.push_back(policy::to_string(fault));
    return lines;
}

void tell_of(std::string_view what, std::span<policy::fault const> faults) {
    for (auto const& fault : faults)
        log::event(
            fault.severity == policy::fault_severity::error ? level::error : level::warn,
            what,
            {{"fault", policy::to_string(fault)}}
        );
}

class daemon {
public:
    daemon(cli::serve_options const& options, std::shared_ptr<policy::policy_set const> policies);

    // Opens storage, listeners and, where asked for, the simulated Swarm. Returns what went wrong, or "".
    std::string open();
    void run();

private:
    std::string open_storage();
    std::string open_swarm();
    std::string open_gate();
    std::string open_listeners();
    void share_state();
    void recall();
    outside_world outside();
    http::options serving();
    alert_path_options path_options();
    void add_routes(http::router& routes);
    void complete(metrics_state& state) const;
    void follow_alertmanagers();
    http::response reload();
    void take_over(policy::policy_set policies);
    void save_memories();
    void forget_old();
    asio::awaitable<void> look_after_storage();
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
    std::unique_ptr<storage::database> storage_; // null: nothing is stored
    std::optional<storage::memory_keeper> keeper_;
    std::unique_ptr<simulation> simulation_;
    std::unique_ptr<swarm::engine_client> swarm_;
    policy::engine engine_;
    std::unique_ptr<driver> driver_;
    std::unique_ptr<shared::shared_state> shared_;
    std::unique_ptr<alertmanagers::follower> follower_; // null: the policies name no Alertmanager
    std::unique_ptr<alert_paths> paths_;
    std::unique_ptr<api::pauses> pauses_;
    std::shared_ptr<web::gate> gate_; // null: plain HTTP, and everybody may do everything
    std::unique_ptr<http::server> http_;
    asio::signal_set signals_;
    asio::steady_timer storage_timer_;
    task_group tasks_;
    policy::time_point loaded_;
    bool stopping_ = false;
};

daemon::daemon(cli::serve_options const& options, std::shared_ptr<policy::policy_set const> policies)
    : options_(options)
    , metrics_({.version = std::string(cli::version()), .revision = ""})
    , journal_(metrics_)
    , monitoring_(io_.get_executor(), metrics_)
    , announcer_(io_.get_executor(), announcer_events_for(metrics_))
    , engine_(
          {.instance = instance_, .dry_run = options.dry_run, .alert_memory = options.alert_memory},
          std::move(policies),
          clock_.now()
      )
    , signals_(io_, SIGTERM, SIGINT, SIGHUP)
    , storage_timer_(io_)
    , tasks_(io_.get_executor())
    , loaded_(clock_.now()) {
    metrics_.config_loaded(engine_.policies().hash, loaded_);
    policy_watch_.follow(engine_.policies().hash);
}

std::string daemon::open() {
    for (auto const step :
         {&daemon::open_storage, &daemon::open_swarm, &daemon::open_gate, &daemon::open_listeners})
        if (auto problem = (this->*step)(); !problem.empty())
            return problem;
    return "";
}

std::string daemon::open_storage() {
    if (options_.storage_path.empty())
        return "";
    auto opened =
        storage::database::open(io_.get_executor(), options_.storage_path, [this](std::string_view fault) {
            metrics_.storage_failed();
            log::event(level::error, "local storage", {{"error", fault}});
        });
    if (auto* const problem = std::get_if<std::string>(&opened))
        return *problem + "; --storage.path= (empty) does without local storage";
    storage_ = std::move(std::get<0>(opened));
    keeper_.emplace(*storage_);
    return "";
}

std::string daemon::open_swarm() {
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
        observers_for(
            journal_,
            metrics_,
            monitoring_,
            policy_watch_,
            engine_,
            announcer_,
            [this] { shared_->look_again(); }
        )
    );
    share_state();
    recall();
    return "";
}

void daemon::share_state() {
    shared::options chosen;
    chosen.limits = options_.silences;
    chosen.limits.retention = options_.storage_retention;
    shared::observers told;
    told.silences = [this](std::vector<policy::silence> const& all) { driver_->replace_silences(all); };
    told.pauses = [this](std::vector<policy::service_pause> const& all) { driver_->replace_pauses(all); };
    told.fault = [](std::string_view text, std::string_view detail) {
        log::event(level::warn, text, {{"error", detail}});
    };
    shared_ = std::make_unique<shared::shared_state>(
        io_.get_executor(), *swarm_, storage_.get(), [this] { return now(); }, chosen, std::move(told)
    );
}

// What local storage has kept goes back to where it came from, before anything else is heard.
void daemon::recall() {
    if (!storage_)
        return;
    forget_old();
    auto kept = storage_->load();
    log::event(
        level::info,
        "local storage read",
        {{"path", options_.storage_path},
         {"alerts", std::to_string(kept.alerts.size())},
         {"services", std::to_string(kept.memories.size())},
         {"records", std::to_string(kept.records.size())}}
    );
    server::recall(engine_, kept);
    shared_->preload(kept.records);
}

// Alerts that nobody repeated within their time to live, and services that were not seen for long.
void daemon::forget_old() {
    storage_->prune(now() - engine_.policies().webhook_ttl, now() - options_.storage_retention);
}

void daemon::save_memories() {
    std::vector<storage::stored_attachment> attachments;
    for (auto const& [policy, service] : engine_.attachments())
        attachments.push_back({policy, service});
    keeper_->save(
        [this](storage::memory_keeper::visitor const& visit) { engine_.visit_memories(visit); },
        std::move(attachments),
        now()
    );
}

asio::awaitable<void> daemon::look_after_storage() {
    auto pruned = now();
    while (!stopping_) {
        save_memories();
        if (now() - pruned >= prune_interval) {
            forget_old();
            pruned = now();
        }
        storage_timer_.expires_after(save_interval);
        boost::system::error_code woken;
        co_await storage_timer_.async_wait(asio::redirect_error(asio::use_awaitable, woken));
    }
}

std::string daemon::open_gate() {
    if (!options_.web_config_file.empty()) {
        web::gate_options chosen;
        chosen.on_reload = [](std::vector<policy::fault> const& faults) {
            tell_of("web configuration file", faults);
            if (faults.empty())
                log::event(level::info, "web configuration file loaded");
        };
        auto opened = web::gate::open(io_.get_executor(), options_.web_config_file, std::move(chosen));
        for (auto const& line : to_lines(opened.faults))
            std::cerr << line << '\n';
        if (!opened.made)
            return "the web configuration file \"" + options_.web_config_file + "\" is not valid";
        gate_ = std::move(opened.made);
    }
    bool const knows_callers = gate_ && gate_->knows_callers();
    if (auto const warning = web::exposure_warning(options_.listen, knows_callers); !warning.empty())
        log::event(level::warn, warning);
    return "";
}

http::options daemon::serving() {
    http::options chosen;
    chosen.limit = options_.web;
    chosen.gate = gate_;
    chosen.on_answer = [this](std::string_view pattern, unsigned status) {
        metrics_.http_request(pattern, status);
    };
    chosen.on_fault = [](std::string_view fault) {
        log::event(level::error, "http server", {{"error", fault}});
    };
    return chosen;
}

std::string daemon::open_listeners() {
    paths_ = std::make_unique<alert_paths>(
        engine_,
        *shared_,
        metrics_,
        storage_.get(),
        [this](std::span<policy::alert_notice const> notices) { driver_->receive(notices); },
        path_options()
    );
    pauses_ = std::make_unique<api::pauses>(
        *shared_, [this] { return engine_.services(now()); }, [this] { return now(); }
    );
    http::router routes(options_.route_prefix);
    for (auto const& origin : options_.cors_origins)
        routes.allow_origin(origin);
    add_routes(routes);
    http_ = std::make_unique<http::server>(io_, std::move(routes), serving());
    for (auto const& where : options_.listen) {
        auto const address = cli::to_string(where);
        if (auto problem = http_->listen(address); !problem.empty())
            return problem;
        log::event(
            level::info,
            "listening",
            {{"address", address}, {"tls", gate_ && gate_->speaks_tls() ? "true" : "false"}}
        );
    }
    return "";
}

alert_path_options daemon::path_options() {
    alert_path_options chosen;
    chosen.self.name = instance_;
    chosen.self.address = cli::to_string(options_.listen.front());
    if (chosen.self.address.starts_with(':')) {
        boost::system::error_code ignored;
        chosen.self.address.insert(0, asio::ip::host_name(ignored));
    }
    chosen.self.started = loaded_;
    chosen.alerts = options_.alerts;
    chosen.alerts.annotations = chosen.alerts.labels; // one flag for both
    chosen.silences = options_.silences;
    chosen.now = [this] { return now(); };
    return chosen;
}

void daemon::run() {
    driver_->start();
    shared_->start();
    tasks_.spawn(obey_signals());
    if (storage_)
        tasks_.spawn(look_after_storage());
    follow_alertmanagers();
    io_.run();
}

void daemon::follow_alertmanagers() {
    follower_.reset();
    if (engine_.policies().alertmanagers.empty())
        return;
    follower_ = std::make_unique<alertmanagers::follower>(
        io_.get_executor(),
        engine_.policies().alertmanagers,
        alertmanagers::follower_events{
            .alerts = [this](std::span<policy::alert_notice const> notices) { driver_->receive(notices); },
            .now = [this] { return now(); }
        }
    );
    for (auto& each : follower_->tasks())
        tasks_.spawn(std::move(each));
}

outside_world daemon::outside() {
    outside_world world;
    world.connect = [this](policy::prometheus_source const& source) { return monitoring_.connect(source); };
    world.messages = std::make_shared<notify::sender>(io_.get_executor());
    return world;
}

void daemon::add_routes(http::router& routes) {
    paths_->add_to(routes);
    pauses_->add_to(routes);
    add_management(
        routes,
        {.engine = engine_,
         .work = *driver_,
         .book = journal_,
         .counters = metrics_,
         .complete = [this](metrics_state& state) { complete(state); },
         .policies = [this] { return api::policies(engine_.policies(), options_.config_file, loaded_); },
         .reload = [this] { return reload(); },
         .now = [this] { return now(); }}
    );
}

void daemon::complete(metrics_state& state) const {
    state.policy_mismatches = policy_watch_.mismatches();
    state.connections = http_->connections();
    for (auto const which :
         {policy::silence_state::active, policy::silence_state::pending, policy::silence_state::expired})
        state.silences[to_string(which)] = 0;
    for (auto const& each : shared_->silences())
        ++state.silences[to_string(state_of(each, state.now))];
    state.unshared = shared_->unshared();
    for (auto const& each : shared_->pauses())
        state.pauses += in_force(each, state.now) ? 1 : 0;
}

// A bad file changes nothing but the metric that tells of it.
http::response daemon::reload() {
    auto loaded = cli::load_policy_file(options_.config_file, loading(options_));
    tell_of("policy file", loaded.faults);
    auto faults = loaded.policies ? std::vector<std::string>() : to_lines(loaded.faults);
    if (gate_)
        for (auto& line : errors_of(gate_->reload()))
            faults.push_back(std::move(line));
    if (!loaded.policies) {
        metrics_.config_refused();
        log::event(
            level::error, "policy file refused, the old policies stay", {{"file", options_.config_file}}
        );
        return api::reloaded(faults);
    }
    take_over(std::move(*loaded.policies));
    return api::reloaded(faults);
}

void daemon::take_over(policy::policy_set policies) {
    loaded_ = now();
    metrics_.config_loaded(policies.hash, loaded_);
    policy_watch_.follow(policies.hash);
    log::event(level::info, "policy file loaded", {{"file", options_.config_file}, {"hash", policies.hash}});
    bool const others = policies.alertmanagers != engine_.policies().alertmanagers;
    driver_->replace_policies(std::make_shared<policy::policy_set const>(std::move(policies)));
    paths_->policies_replaced();
    if (others)
        follow_alertmanagers();
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
    stopping_ = true;
    storage_timer_.cancel();
    co_await http_->stop(http_patience);
    follower_.reset();
    co_await shared_->stop(share_patience);
    auto const end = std::chrono::steady_clock::now() + write_patience;
    co_await driver_->stop(write_patience, [this] { swarm_->stop(); });
    co_await announcer_.stop(std::max(
        std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now()),
        std::chrono::milliseconds(0)
    ));
    if (storage_)
        save_memories();
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
