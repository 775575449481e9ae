#include "server/observers.hpp"

#include "policy/core/history.hpp"
#include "server/log/log.hpp"

namespace autoscaler::server {

using log::level;

namespace {

void tell_of_manager(readiness const& state, std::string_view endpoint) {
    if (state.ready)
        log::event(level::info, "swarm manager reached", {{"endpoint", endpoint}});
    else
        log::event(level::error, "no swarm manager", {{"endpoint", endpoint}, {"error", state.cause}});
}

} // namespace

void tell_of_endpoint(swarm::endpoint_state const& state) {
    if (state.up)
        log::event(level::info, "swarm endpoint is usable again", {{"endpoint", state.endpoint}});
    else
        log::event(
            level::warn,
            "swarm endpoint is not usable",
            {{"endpoint", state.endpoint}, {"error", state.cause}}
        );
}

driver_observers observers_for(
    journal& book,
    metrics& counters,
    monitoring& questions,
    policy_watch& policies,
    policy::engine const& engine,
    notify::announcer& notices,
    std::function<void()> configs_changed
) {
    driver_observers told;
    told.decided = [&book, &engine, &notices](policy::decision const& what) {
        book.record(what);
        notices.tell(engine.policies(), what);
    };
    told.called = [&counters](std::string_view operation, std::string_view outcome, auto took) {
        counters.swarm_request(operation, outcome, took);
    };
    told.conflicted = [&counters] { counters.update_conflict(); };
    told.scaled_on_alert = [&counters](auto took) { counters.alert_to_scale(took); };
    told.reached = tell_of_manager;
    told.observed = [&policies](policy::service_view const& view) { policies.seen(view); };
    told.configs_changed = std::move(configs_changed);
    told.queried = [&questions](policy::action::query const& what, policy::query_answer const& answer) {
        questions.queried(what, answer);
    };
    told.posted = [&counters](policy::decision const& what, std::string const& error) {
        counters.webhook_ended(policy::memory_key(what.policy, what.rule), !error.empty());
    };
    return told;
}

notify::announcer_events announcer_events_for(metrics& counters) {
    notify::announcer_events told;
    told.queued = [&counters](std::string_view notifier, bool dropped) {
        counters.notification_queued(notifier, dropped);
    };
    told.ended = [&counters](std::string_view notifier, std::string const& error) {
        counters.notification_ended(notifier, !error.empty());
        if (!error.empty())
            log::event(level::warn, "notification failed", {{"notifier", notifier}, {"error", error}});
    };
    return told;
}

} // namespace autoscaler::server
