// Who hears of what the driver does: the journal, the metrics, the log. Pure wiring.
#pragma once

#include "server/driver/driver.hpp"
#include "server/journal/journal.hpp"
#include "server/journal/policy_watch.hpp"
#include "server/metrics/metrics.hpp"
#include "server/monitoring/monitoring.hpp"
#include "server/notify/announcer.hpp"
#include "swarm_client/endpoint_book.hpp"

namespace autoscaler::server {

// All outlive the driver. `engine` has the policies whose notifiers are told.
driver_observers observers_for(
    journal& book,
    metrics& counters,
    monitoring& questions,
    policy_watch& policies,
    policy::engine const& engine,
    notify::announcer& notices,
    std::function<void()> configs_changed
);

// Who hears of each of several endpoints that fails or comes back: the log.
void tell_of_endpoint(swarm::endpoint_state const& state);

// Who hears of how notifications end: the metrics, which outlive the announcer, and the log.
notify::announcer_events announcer_events_for(metrics& counters);

} // namespace autoscaler::server
