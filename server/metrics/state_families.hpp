// The gauges that are made anew for each answer: of services and of the process. Internal to this room.
#pragma once

#include "server/metrics/metrics.hpp"

#include <prometheus/metric_family.h>

#include <vector>

namespace autoscaler::server {

void append_services(std::vector<prometheus::MetricFamily>& to, metrics_state const& state);

void append_state(std::vector<prometheus::MetricFamily>& to, metrics_state const& state);

void append_process(std::vector<prometheus::MetricFamily>& to);

} // namespace autoscaler::server
