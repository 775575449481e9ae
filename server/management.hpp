// The paths by which a daemon is looked at and told to reload, wired to the rooms that know the answers. One
// thread.
#pragma once

#include "policy/core/engine.hpp"
#include "server/api/api.hpp"
#include "server/driver/driver.hpp"
#include "server/http/router.hpp"
#include "server/journal/journal.hpp"
#include "server/metrics/metrics.hpp"

#include <functional>

namespace autoscaler::server {

struct management_sources {
    policy::engine const& engine;
    driver const& work;
    journal const& book;
    metrics const& counters;
    // What the metrics show besides what the above know.
    std::function<void(metrics_state&)> complete;
    std::function<http::response()> policies;
    std::function<http::response()> reload;
    std::function<policy::time_point()> now;
};

// What `from` refers to lives as long as the routes.
void add_management(http::router& to, management_sources from);

} // namespace autoscaler::server
