#include "server/api/api.hpp"
#include "server/cli/policy_file.hpp"
#include "server/cli/version.hpp"
#include "server/daemon_object.hpp"
#include "server/log/log.hpp"
#include "server/management.hpp"
#include "server/notify/sender.hpp"
#include "server/observers.hpp"
#include "server/recall.hpp"
#include "server/web/exposure.hpp"
#include "swarm_client/engine_tls.hpp"

#include <boost/asio/ip/host_name.hpp>

#include <csignal>
#include <iostream>
#include <random>
#include <utility>

namespace autoscaler::server {

namespace asio = boost::asio;
using log::level;

namespace {

// A manager that serves names its configs within this time, an election included. Where it never does (a
// proxy in between forbids it), what local storage has must do.
constexpr auto switches_patience = std::chrono::seconds(30);

// Nodes that keep time by NTP are within a second of each other; an autoscaler that is further off than this
// is told from its label to be wrong as soon as another one looks.
constexpr policy::duration clock_tolerance = std::chrono::seconds(10);

// Tasks that crash run in between: Swarm starts them again after 5 s, and up to a minute is common before the
// next crash.
constexpr policy::duration crash_memory = std::chrono::seconds(60);

// Names this run of this daemon in the state label. Random, so that no two are alike; short, for the label is
// small.
std::string make_instance() {
    std::random_device entropy;
    return policy::to_hex((std::uint64_t{entropy()} << 32U) | entropy()).substr(0, 8);
}

} // namespace

daemon::daemon(cli::serve_options const& options, std::shared_ptr<policy::policy_set const> policies)
    : options_(options)
    , metrics_({.version = std::string(cli::version()), .revision = ""})
    , journal_(metrics_)
    , monitoring_(io_.get_executor(), metrics_)
    , instance_(make_instance())
    , policy_watch_(instance_)
    , announcer_(io_.get_executor(), announcer_events_for(metrics_))
    , engine_(
          {.instance = instance_,
           .dry_run = options.dry_run,
           .switches_patience = switches_patience,
           .clock_tolerance = clock_tolerance,
           .crash_memory = crash_memory,
           .alert_memory = options.alert_memory},
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
         {&daemon::open_storage,
          &daemon::open_swarm,
          &daemon::open_gate,
          &daemon::open_relay,
          &daemon::open_listeners})
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
    keeper_.emplace(*storage_, options_.storage_retention);
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
    // Of a single one it is told that no manager is there.
    auto told = endpoints.size() > 1 ? swarm::endpoint_observer(tell_of_endpoint) : nullptr;
    swarm_ = std::make_unique<swarm::engine_client>(
        io_.get_executor(), std::move(endpoints), swarm::limits{}, std::move(told)
    );
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
    driver_->follow_clock([this] { return clock_.take_step(); });
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
    told.read = [this] { note_read(switches_read_); };
    told.fault = [](std::string_view text, std::string_view detail) {
        log::event(level::warn, text, {{"error", detail}});
    };
    shared_ = std::make_unique<shared::shared_state>(
        io_.get_executor(), *swarm_, storage_.get(), [this] { return now(); }, chosen, std::move(told)
    );
}

// The engine decides once it knows what people have switched off, and which alerts its peers know of.
void daemon::note_read(bool& which) {
    which = true;
    if (switches_read_ && (peers_read_ || !relayer_))
        driver_->switches_read();
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
    shared_->preload(kept.records); // first: no alert counts that is silenced
    server::recall(engine_, kept);
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

std::string daemon::open_relay() {
    if (options_.cluster.peers.empty())
        return "";
    auto chosen = options_.cluster;
    chosen.route_prefix = options_.route_prefix;
    if (!options_.cluster_http_file.empty()) {
        auto loaded = cli::load_peer_http(options_.cluster_http_file);
        for (auto const& line : to_lines(loaded.faults))
            std::cerr << line << '\n';
        if (!loaded.made)
            return "the http configuration file \"" + options_.cluster_http_file + "\" is not valid";
        chosen.http = *std::move(loaded.made);
    }
    relay::relayer_events told;
    told.heard = [this](relay::handover const& what) { return paths_->take_over(what); };
    told.begun = [this] { note_read(peers_read_); };
    told.now = [this] { return now(); };
    relayer_ = std::make_unique<relay::relayer>(
        io_.get_executor(), std::move(chosen), relay::make_system_lookup(io_.get_executor()), std::move(told)
    );
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
        alert_ways{
            .deliver = [this](std::span<policy::alert_notice const> notices) { driver_->receive(notices); },
            .take_over = [this](std::span<policy::alert_notice const> notices
                         ) { driver_->take_over(notices); }
        },
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
    chosen.self.version = alertmanager_version; // one answer in /metrics and in /status
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
    chosen.peers = relayer_.get();
    return chosen;
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
    for (auto const& each : swarm_->endpoints())
        state.endpoints[each.endpoint] = each.up;
    if (relayer_)
        state.relayed = relayer_->count();
    for (auto const which :
         {policy::silence_state::active, policy::silence_state::pending, policy::silence_state::expired})
        state.silences[to_string(which)] = 0;
    for (auto const& each : shared_->silences())
        ++state.silences[to_string(state_of(each, state.now))];
    state.unshared = shared_->unshared();
    for (auto const& each : shared_->pauses())
        state.pauses += in_force(each, state.now) ? 1 : 0;
}

} // namespace autoscaler::server
