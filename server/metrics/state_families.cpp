#include "server/metrics/state_families.hpp"

#include "server/metrics/process.hpp"

#include <optional>
#include <set>
#include <utility>

namespace autoscaler::server {

namespace {

using prometheus::MetricFamily;
using labels = std::vector<prometheus::ClientMetric::Label>;

MetricFamily gauge(std::string name, std::string help) {
    return {
        .name = std::move(name), .help = std::move(help), .type = prometheus::MetricType::Gauge, .metric = {}
    };
}

void add(MetricFamily& to, labels which, double value) {
    prometheus::ClientMetric one;
    one.label = std::move(which);
    one.gauge.value = value;
    to.metric.push_back(std::move(one));
}

void add(std::vector<MetricFamily>& to, std::string name, std::string help, double value) {
    auto family = gauge(std::move(name), std::move(help));
    add(family, {}, value);
    to.push_back(std::move(family));
}

std::string_view name_of(policy::service_status const& service) {
    return service.view ? service.view->name : service.service;
}

// Each service once: two names in the policies may mean one service while only one of them was seen, and two
// equal series would make Prometheus drop the whole answer.
std::vector<policy::service_status const*> distinct(std::span<policy::service_status const> services) {
    std::vector<policy::service_status const*> all;
    std::set<std::string_view> names;
    for (bool const seen : {true, false})
        for (auto const& each : services)
            if (each.view.has_value() == seen && names.insert(name_of(each)).second)
                all.push_back(&each);
    return all;
}

double seconds_left(std::optional<policy::time_point> until, policy::time_point now) {
    if (!until || *until <= now)
        return 0;
    return std::chrono::duration<double>(*until - now).count();
}

} // namespace

void append_services(std::vector<MetricFamily>& to, metrics_state const& state) {
    std::string const prefix = "swarm_autoscaler_service_";
    auto spec = gauge(prefix + "replicas_spec", "Replicas that the service's spec asks for.");
    auto running = gauge(prefix + "replicas_running", "Running tasks of the service, as last counted.");
    auto wanted = gauge(
        prefix + "replicas_wanted", "Replicas that the last decision wants, also where it is withheld."
    );
    auto min = gauge(prefix + "replicas_min", "Lower bound of the replicas in force now.");
    auto max = gauge(prefix + "replicas_max", "Upper bound of the replicas in force now.");
    auto cooldown =
        gauge(prefix + "cooldown_seconds", "Seconds until the direction opens again, 0 where it is open.");
    auto stuck =
        gauge(prefix + "stuck", "1 while tasks do not run, and will not by themselves, for this reason.");

    for (auto const* each : distinct(state.services)) {
        std::string const name(name_of(*each));
        labels const service{{"service", name}};
        if (each->view) {
            add(spec, service, static_cast<double>(each->view->replicas));
            if (each->view->running)
                add(running, service, static_cast<double>(*each->view->running));
            add(wanted, service, static_cast<double>(each->wanted));
            for (auto const why : {policy::stuck_state::unschedulable, policy::stuck_state::crash_looping})
                add(stuck,
                    {{"service", name}, {"reason", std::string(to_string(why))}},
                    each->view->stuck == why ? 1 : 0);
        }
        add(min, service, static_cast<double>(each->bounds.min));
        add(max, service, static_cast<double>(each->bounds.max));
        add(cooldown,
            {{"service", name}, {"direction", "up"}},
            seconds_left(each->cooldown_up_until, state.now));
        add(cooldown,
            {{"service", name}, {"direction", "down"}},
            seconds_left(each->cooldown_down_until, state.now));
    }
    for (auto* family : {&spec, &running, &wanted, &min, &max, &cooldown, &stuck})
        if (!family->metric.empty())
            to.push_back(std::move(*family));
}

void append_state(std::vector<MetricFamily>& to, metrics_state const& state) {
    auto const plain = [&](std::string_view name, std::string help, std::size_t value) {
        add(to, "swarm_autoscaler_" + std::string(name), std::move(help), static_cast<double>(value));
    };
    plain("alerts_suppressed", "Alerts that fire now and are silenced.", state.silenced_alerts);
    plain("alert_memory_bytes", "Memory that the alerts known take.", state.alert_bytes);
    plain("pauses", "Pauses made by the API that are in force.", state.pauses);
    plain("unshared_records", "Silences and pauses that Swarm does not have yet.", state.unshared);
    plain("http_connections", "Open connections of clients.", state.connections);
    plain("relay_peers", "Other autoscalers that are known.", state.relayed.peers);
    plain(
        "relay_queued_bodies", "Bodies of alerts that wait for a peer, of all peers.", state.relayed.bodies
    );
    plain("relay_queued_bytes", "What they take in bytes, each peer counted by itself.", state.relayed.bytes);
    auto const total = [&](std::string_view name, std::string help, std::uint64_t value) {
        prometheus::ClientMetric one;
        one.counter.value = static_cast<double>(value);
        to.push_back(
            {.name = "swarm_autoscaler_relay_" + std::string(name),
             .help = std::move(help),
             .type = prometheus::MetricType::Counter,
             .metric = {one}}
        );
    };
    total("received_total", "Bodies of alerts that peers have passed on to us.", state.relayed.all.received);
    total("sent_total", "Bodies of alerts that a peer has taken.", state.relayed.all.sent);
    total("failed_total", "Tries to pass one on that failed.", state.relayed.all.failed);
    total("dropped_total", "Bodies of alerts that a peer never got.", state.relayed.all.dropped);
    auto silences = gauge("swarm_autoscaler_silences", "Silences by state.");
    for (auto const& [name, count] : state.silences)
        add(silences, {{"state", std::string(name)}}, static_cast<double>(count));
    auto endpoints = gauge(
        "swarm_autoscaler_swarm_endpoint_up", "1 while the engine there is a manager that can read the Swarm."
    );
    for (auto const& [name, up] : state.endpoints)
        add(endpoints, {{"endpoint", name}}, up ? 1 : 0);
    for (auto* family : {&silences, &endpoints})
        if (!family->metric.empty())
            to.push_back(std::move(*family));
}

void append_process(std::vector<MetricFamily>& to) {
    auto const facts = read_process_facts();
    if (!facts)
        return;
    MetricFamily cpu{
        .name = "process_cpu_seconds_total",
        .help = "Total user and system CPU time spent in seconds.",
        .type = prometheus::MetricType::Counter,
        .metric = {prometheus::ClientMetric{}},
    };
    cpu.metric.front().counter.value = facts->cpu_seconds;
    to.push_back(std::move(cpu));
    add(to, "process_resident_memory_bytes", "Resident memory size in bytes.", facts->resident_bytes);
    add(to, "process_virtual_memory_bytes", "Virtual memory size in bytes.", facts->virtual_bytes);
    add(to,
        "process_start_time_seconds",
        "Start time of the process since unix epoch in seconds.",
        facts->start_time);
    if (facts->open_files)
        add(to, "process_open_fds", "Number of open file descriptors.", *facts->open_files);
    if (facts->max_files)
        add(to, "process_max_fds", "Maximum number of open file descriptors.", *facts->max_files);
}

} // namespace autoscaler::server
