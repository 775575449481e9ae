#include "server/metrics/metrics.hpp"

#include "server/metrics/state_families.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <sstream>

namespace autoscaler::server {

namespace {

using prometheus::Counter;
using prometheus::Family;
using prometheus::Gauge;
using prometheus::Histogram;

// Seconds. An act takes one inspect and one update on a quiet swarm, and minutes across a lost leader.
Histogram::BucketBoundaries const to_scale_buckets{
    0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300
};
// Seconds. A request to the engine takes milliseconds; one that meets a lost leader hangs 11 to 20 s.
Histogram::BucketBoundaries const request_buckets{
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 10, 20, 30
};

// Alerts may name any number of services, there or not: those that come later are counted together.
constexpr std::size_t most_decision_series = 10'000;

template<typename T>
Family<T>& family(prometheus::Registry& in, std::string const& name, std::string const& help) {
    std::string const full = "swarm_autoscaler_" + name;
    if constexpr (std::is_same_v<T, Counter>)
        return prometheus::BuildCounter().Name(full).Help(help).Register(in);
    else if constexpr (std::is_same_v<T, Gauge>)
        return prometheus::BuildGauge().Name(full).Help(help).Register(in);
    else
        return prometheus::BuildHistogram().Name(full).Help(help).Register(in);
}

// A number out of a hash that is a text: 48 bits, which a double holds exactly. As Alertmanager's config_hash
// it only says whether two are equal. FNV-1a.
double hash_number(std::string_view hash) {
    std::uint64_t sum = 0xcbf29ce484222325;
    for (char const c : hash) {
        sum ^= static_cast<unsigned char>(c);
        sum *= 0x100000001b3;
    }
    return static_cast<double>(sum & 0xFFFF'FFFF'FFFF);
}

} // namespace

struct metrics::families {
    prometheus::Registry registry;

    Family<Counter>& received =
        family<Counter>(registry, "alerts_received_total", "Alerts taken in, by API and status.");
    Counter& invalid =
        family<Counter>(
            registry, "alerts_invalid_total", "Alerts refused because something is wrong with them."
        )
            .Add({});
    Counter& refused =
        family<Counter>(
            registry, "alerts_refused_total", "New alerts refused because the memory for alerts is used up."
        )
            .Add({});
    Counter& storage_failures =
        family<Counter>(registry, "storage_failures_total", "Writes to local storage that failed.").Add({});
    Gauge& active = family<Gauge>(registry, "alerts_active", "Alerts that fire now.").Add({});
    Gauge& policy_mismatch = family<Gauge>(
                                 registry,
                                 "policy_mismatch",
                                 "Services whose last write came from an autoscaler with another policy file."
    )
                                 .Add({});
    Family<Counter>& decisions = family<Counter>(
        registry, "decisions_total", "Decisions that differ from the one before about the same service."
    );
    std::size_t decision_series = 0;
    Histogram& to_scale = family<Histogram>(
                              registry,
                              "alert_to_scale_seconds",
                              "Time from an alert's arrival until Swarm accepted the new count."
    )
                              .Add({}, to_scale_buckets);
    Family<Histogram>& requests = family<Histogram>(
        registry, "swarm_request_duration_seconds", "Time that requests to the Docker Engine took."
    );
    Counter& conflicts = family<Counter>(
                             registry,
                             "update_conflicts_total",
                             "Writes refused because somebody else wrote the service first."
    )
                             .Add({});
    Family<Counter>& query_failures = family<Counter>(
        registry,
        "query_failures_total",
        "Queries without an answer to rely on, by POLICY/RULE; no data is none of them."
    );
    Family<Counter>& webhook_failures = family<Counter>(
        registry, "webhook_failures_total", "Messages of webhook actions that were given up, by POLICY/RULE."
    );
    Family<Counter>& notifications_dropped = family<Counter>(
        registry,
        "notifications_dropped_total",
        "Messages to a notifier that made way for newer ones: its receiver stays behind."
    );
    Family<Counter>& notification_failures = family<Counter>(
        registry, "notification_failures_total", "Messages to a notifier that were given up."
    );
    Gauge& reload_successful =
        family<Gauge>(
            registry, "config_last_reload_successful", "Whether the last load of the policy file succeeded."
        )
            .Add({});
    Gauge& reload_time = family<Gauge>(
                             registry,
                             "config_last_reload_success_timestamp_seconds",
                             "When the policy file was last loaded with success, since unix epoch in seconds."
    )
                             .Add({});
    Gauge& config_hash = family<Gauge>(registry, "config_hash", "Hash of the policy file in force.").Add({});
    Family<Counter>& http = family<Counter>(
        registry, "http_requests_total", "HTTP requests answered, by handler and status code."
    );
};

metrics::metrics(build_info const& build) : families_(std::make_unique<families>()) {
    prometheus::BuildGauge()
        .Name("swarm_autoscaler_build_info")
        .Help("Always 1; the labels say what was built.")
        .Register(families_->registry)
        .Add({{"version", build.version}, {"revision", build.revision}})
        .Set(1);
    prometheus::BuildGauge()
        .Name("alertmanager_build_info")
        .Help("Always 1; the version of the Alertmanager whose API is spoken here.")
        .Register(families_->registry)
        .Add(
            {{"version", std::string(alertmanager_version)},
             {"revision", ""},
             {"branch", ""},
             {"goversion", ""}}
        )
        .Set(1);
    // From zero on: a rate misses the first increase of a series that begins with it.
    for (auto const* api : {"v1", "v2", "webhook"})
        for (auto const* status : {"firing", "resolved"})
            alerts_received(api, status, 0);
}

metrics::~metrics() = default;

void metrics::alerts_received(std::string_view api, std::string_view status, std::uint64_t count) {
    families_->received.Add({{"api", std::string(api)}, {"status", std::string(status)}}
    ).Increment(static_cast<double>(count));
}

void metrics::alerts_invalid(std::uint64_t count) {
    families_->invalid.Increment(static_cast<double>(count));
}

void metrics::alerts_refused(std::uint64_t count) {
    families_->refused.Increment(static_cast<double>(count));
}

void metrics::storage_failed() {
    families_->storage_failures.Increment();
}

void metrics::decided(policy::decision const& what) {
    prometheus::Labels labels{
        {"service", what.service},
        {"policy", what.policy},
        {"action", std::string(to_string(what.action))},
        {"reason", std::string(to_string(what.why))}
    };
    if (!families_->decisions.Has(labels)) {
        if (families_->decision_series >= most_decision_series)
            labels["service"] = "(others)";
        else
            ++families_->decision_series;
    }
    families_->decisions.Add(labels).Increment();
}

void metrics::alert_to_scale(std::chrono::duration<double> took) {
    families_->to_scale.Observe(took.count());
}

void metrics::swarm_request(
    std::string_view operation, std::string_view outcome, std::chrono::duration<double> took
) {
    families_->requests
        .Add({{"operation", std::string(operation)}, {"outcome", std::string(outcome)}}, request_buckets)
        .Observe(took.count());
}

void metrics::update_conflict() {
    families_->conflicts.Increment();
}

// Counted from the first one on, so that a failure is an increase.
void metrics::query_ended(std::string_view rule, bool failed) {
    families_->query_failures.Add({{"rule", std::string(rule)}}).Increment(failed ? 1 : 0);
}

void metrics::webhook_ended(std::string_view rule, bool failed) {
    families_->webhook_failures.Add({{"rule", std::string(rule)}}).Increment(failed ? 1 : 0);
}

void metrics::notification_queued(std::string_view notifier, bool dropped) {
    families_->notifications_dropped.Add({{"notifier", std::string(notifier)}}).Increment(dropped ? 1 : 0);
}

void metrics::notification_ended(std::string_view notifier, bool failed) {
    families_->notification_failures.Add({{"notifier", std::string(notifier)}}).Increment(failed ? 1 : 0);
}

void metrics::config_loaded(std::string_view hash, policy::time_point now) {
    families_->reload_successful.Set(1);
    families_->reload_time.Set(std::chrono::duration<double>(now.time_since_epoch()).count());
    families_->config_hash.Set(hash_number(hash));
}

void metrics::config_refused() {
    families_->reload_successful.Set(0);
}

void metrics::http_request(std::string_view handler, unsigned code) {
    families_->http.Add({{"handler", std::string(handler)}, {"code", std::to_string(code)}}).Increment();
}

std::string metrics::render(metrics_state const& state) const {
    families_->active.Set(static_cast<double>(state.active_alerts));
    families_->policy_mismatch.Set(static_cast<double>(state.policy_mismatches));
    auto all = families_->registry.Collect();
    append_services(all, state);
    append_state(all, state);
    append_process(all);
    std::ostringstream out;
    prometheus::TextSerializer().Serialize(out, all);
    return std::move(out).str();
}

} // namespace autoscaler::server
