// The metrics of the daemon: rooms count what happens, render() gives what GET /metrics answers. Counters and
// histograms are kept here; everything that is a state is handed to render(), so nothing can go stale. Knows
// no HTTP. One thread.
#pragma once

#include "policy/core/decision.hpp"
#include "policy/core/status.hpp"
#include "policy/core/time.hpp"
#include "server/relay/numbers.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace autoscaler::server {

struct build_info {
    std::string version;  // of swarm-autoscaler
    std::string revision; // "" where it is not known
};

// The Alertmanager whose API we speak: clients such as karma read it from alertmanager_build_info.
inline constexpr std::string_view alertmanager_version = "0.25.0";

// The content type of what render() returns.
inline constexpr std::string_view metrics_content_type = "text/plain; version=0.0.4; charset=utf-8";

// What render() shows besides the counters.
struct metrics_state {
    std::span<policy::service_status const> services;
    std::size_t active_alerts = 0;
    std::size_t silenced_alerts = 0;                    // of those
    std::size_t alert_bytes = 0;                        // what all that are remembered take
    std::map<std::string_view, std::size_t> silences{}; // by state
    std::size_t pauses = 0;                             // made by the API and in force
    std::size_t unshared = 0;                           // silences and pauses that Swarm does not have yet
    std::size_t connections = 0;                        // open ones to us
    std::map<std::string, bool> endpoints{};            // of engines: whether they are usable managers
    std::size_t policy_mismatches = 0; // services that an autoscaler with another policy file has written
    relay::numbers relayed{};          // between autoscalers
    policy::time_point now;
};

class metrics {
public:
    explicit metrics(build_info const& build);
    ~metrics();
    metrics(metrics const&) = delete;
    metrics& operator=(metrics const&) = delete;

    // `api`: v1, v2 or webhook. `status`: firing or resolved.
    void alerts_received(std::string_view api, std::string_view status, std::uint64_t count);
    void alerts_invalid(std::uint64_t count);
    // New alerts for which there was no memory.
    void alerts_refused(std::uint64_t count);

    void decided(policy::decision const& what);

    // From the arrival of the alert that made a policy act until Swarm accepted the new count.
    void alert_to_scale(std::chrono::duration<double> took);

    // One request to the Docker Engine. `operation`: list, inspect, tasks, update, ... `outcome`: ok or a
    // kind of error.
    void
    swarm_request(std::string_view operation, std::string_view outcome, std::chrono::duration<double> took);
    void update_conflict();

    // A query of a rule has ended; `rule`: POLICY/RULE.
    void query_ended(std::string_view rule, bool failed);

    // A message of a webhook action has been delivered, or given up.
    void webhook_ended(std::string_view rule, bool failed);

    // A message to a notifier was queued, and perhaps an older one dropped for it.
    void notification_queued(std::string_view notifier, bool dropped);
    // It has been delivered, or given up.
    void notification_ended(std::string_view notifier, bool failed);

    // Something could not be written to local storage.
    void storage_failed();

    // A policy file was loaded; `hash` is policy_set's.
    void config_loaded(std::string_view hash, policy::time_point now);
    // A policy file was refused; the one before stays in force.
    void config_refused();

    // `handler` is the pattern of a route, never a path as the client wrote it: the number of series is
    // bounded by the routes.
    void http_request(std::string_view handler, unsigned code);

    // Prometheus' text format. Services that are not in `state` have no series.
    std::string render(metrics_state const& state) const;

private:
    struct families;
    std::unique_ptr<families> families_;
};

} // namespace autoscaler::server
