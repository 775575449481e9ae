#include "server/alert_paths.hpp"

#include "server/log/log.hpp"

#include <optional>
#include <utility>

namespace autoscaler::server {

namespace {

// What a peer gets that asks for our alerts.
alertmanager::peer_list_answer
answer_for_peers(policy::engine const& engine, alert_path_options const& chosen) {
    return [&engine, now = chosen.now, peers = chosen.peers](http::request const& asked
           ) -> std::optional<http::response> {
        auto const mark = relay::read_mark(asked);
        if (!mark.relayed)
            return std::nullopt;
        if (peers != nullptr && peers->is_own(mark))
            return http::json(200, "[]");
        return http::json(200, relay::render_handover(engine, now()));
    };
}

} // namespace

alert_paths::alert_paths(
    policy::engine const& engine,
    shared::shared_state& shared,
    metrics& counters,
    storage::database* kept,
    alert_ways deliver,
    alert_path_options const& chosen
)
    : now_(chosen.now)
    , intake_(
          counters,
          kept,
          {.deliver = std::move(deliver.deliver),
           .refused = [&engine] { return engine.alerts_refused(); },
           .fires = [&engine, now = chosen.now](policy::label_set labels
                    ) { return engine.fires_by_webhook(labels, now()); },
           .take_over = std::move(deliver.take_over),
           .peers = chosen.peers}
      )
    , face_(engine, shared)
    , alerts_(intake_, chosen.now, chosen.alerts)
    , webhook_(intake_, alerts_, chosen.now, chosen.alerts)
    , reads_(face_, chosen.self, chosen.now, answer_for_peers(engine, chosen))
    , silences_(face_, chosen.silences, chosen.now) {}

void alert_paths::add_to(http::router& routes) {
    alerts_.add_to(routes);
    webhook_.add_to(routes);
    reads_.add_to(routes);
    silences_.add_to(routes);
}

// Where it cannot be stored it is heard of again, from a peer or from Alertmanager.
boost::asio::awaitable<void> alert_paths::take_over(relay::handover const& what) {
    auto const problem = co_await intake_.take_over(what, now_());
    if (!problem.empty())
        log::event(log::level::warn, "alerts of a peer not stored", {{"error", problem}});
}

} // namespace autoscaler::server
