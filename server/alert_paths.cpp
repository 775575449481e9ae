#include "server/alert_paths.hpp"

#include <utility>

namespace autoscaler::server {

alert_paths::alert_paths(
    policy::engine const& engine,
    shared::shared_state& shared,
    metrics& counters,
    storage::database* kept,
    std::function<void(std::span<policy::alert_notice const>)> deliver,
    alert_path_options const& chosen
)
    : intake_(
          counters,
          kept,
          {.deliver = std::move(deliver),
           .refused = [&engine] { return engine.alerts_refused(); },
           .fires = [&engine](
                        policy::label_set labels, policy::time_point now
                    ) { return engine.fires(labels, now); }}
      )
    , face_(engine, shared)
    , alerts_(intake_, chosen.now, chosen.alerts)
    , webhook_(intake_, alerts_, chosen.now, chosen.alerts)
    , reads_(face_, chosen.self, chosen.now)
    , silences_(face_, chosen.silences, chosen.now) {}

void alert_paths::add_to(http::router& routes) {
    alerts_.add_to(routes);
    webhook_.add_to(routes);
    reads_.add_to(routes);
    silences_.add_to(routes);
}

} // namespace autoscaler::server
