#include "server/management.hpp"

#include <memory>
#include <utility>

namespace autoscaler::server {

namespace {

http::response render_metrics(management_sources const& from) {
    auto const now = from.now();
    auto const services = from.engine.services(now);
    metrics_state state;
    state.services = services;
    state.active_alerts = from.engine.active_alerts(now);
    state.silenced_alerts = from.engine.silenced_alerts(now);
    state.alert_bytes = from.engine.alert_bytes();
    state.now = now;
    from.complete(state);
    http::response answer;
    answer.content_type = metrics_content_type;
    answer.body = from.counters.render(state);
    return answer;
}

} // namespace

void add_management(http::router& to, management_sources from) {
    auto const all = std::make_shared<management_sources const>(std::move(from));
    // Whoever checks that we live has no password.
    to.add("GET", "/-/healthy", [](auto const&) { return api::healthy(); }, http::right::open);
    to.add(
        "GET",
        "/-/ready",
        [all](auto const&) {
            return api::ready({.ready = all->work.state().ready, .cause = all->work.state().cause});
        },
        http::right::open
    );
    to.add("POST", "/-/reload", [all](auto const&) { return all->reload(); });
    to.add("GET", "/metrics", [all](auto const&) { return render_metrics(*all); });
    to.add("GET", "/autoscaler/v1/services", [all](auto const&) {
        return api::services(all->engine.services(all->now()));
    });
    to.add("GET", "/autoscaler/v1/services/{name}", [all](http::request const& asked) {
        return api::service(all->engine.services(all->now()), asked.parameters[0]);
    });
    to.add("GET", "/autoscaler/v1/decisions", [all](http::request const& asked) {
        return api::decisions(all->book, all->engine.services(all->now()), asked.query, all->now());
    });
    to.add("GET", "/autoscaler/v1/policies", [all](auto const&) { return all->policies(); });
}

} // namespace autoscaler::server
