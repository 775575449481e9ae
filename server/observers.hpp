// Who hears of what the driver does: the journal, the metrics, the log. Pure wiring.
#pragma once

#include "server/driver/driver.hpp"
#include "server/journal/journal.hpp"
#include "server/journal/policy_watch.hpp"
#include "server/metrics/metrics.hpp"
#include "server/monitoring/monitoring.hpp"

namespace autoscaler::server {

// All four outlive the driver.
driver_observers
observers_for(journal& book, metrics& counters, monitoring& questions, policy_watch& policies);

} // namespace autoscaler::server
