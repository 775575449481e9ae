#include "support/engine_rig.hpp"

#include "support/catch.hpp"

#include <utility>

namespace autoscaler::policy::testing {

namespace {

template<class T>
T take(std::deque<T>& from, char const* what) {
    INFO("expected: " << what);
    REQUIRE_FALSE(from.empty());
    T taken = std::move(from.front());
    from.pop_front();
    return taken;
}

} // namespace

engine_rig::engine_rig(std::shared_ptr<policy_set const> policies, engine_options options)
    : machine(std::move(options), std::move(policies), t0) {}

void engine_rig::on(any_event const& what) {
    for (auto& each : machine.on(what)) {
        if (auto* asked = std::get_if<action::inspect>(&each)) {
            REQUIRE(under_way_[asked->service]++ == 0);
            inspects.push_back(std::move(*asked));
        } else if (auto* write = std::get_if<action::update>(&each)) {
            REQUIRE(under_way_[write->service]++ == 0);
            updates.push_back(std::move(*write));
        } else if (auto const* sleep_until = std::get_if<action::wake_at>(&each)) {
            wake = sleep_until->time;
        } else if (auto* question = std::get_if<action::query>(&each)) {
            REQUIRE(asked_[{question->service, question->policy, question->rule, question->promql}]++ == 0);
            queries.push_back(std::move(*question));
        } else if (auto* message = std::get_if<action::post>(&each)) {
            posts.push_back(std::move(*message));
        } else if (std::holds_alternative<action::list_alerts>(each)) {
            REQUIRE(lists++ == 0);
        } else {
            records.push_back(std::move(std::get<action::record>(each).what));
        }
    }
}

void engine_rig::tick() {
    on(event::tick{now});
}

void engine_rig::hear(std::vector<alert_spec> alerts) {
    notices const body(std::move(alerts));
    on(event::alerts_received{body.views(), now});
}

void engine_rig::changed(std::string id, std::string name) {
    on(event::service_changed{std::move(id), std::move(name), now});
}

void engine_rig::reload(std::shared_ptr<policy_set const> policies) {
    on(event::policy_replaced{std::move(policies), now});
}

void engine_rig::silence(std::vector<policy::silence> all) {
    on(event::silences_changed{
        .silences = std::make_shared<std::vector<policy::silence> const>(std::move(all)), .now = now
    });
}

void engine_rig::pause(std::vector<service_pause> all) {
    on(event::pauses_changed{
        .pauses = std::make_shared<std::vector<service_pause> const>(std::move(all)), .now = now
    });
}

void engine_rig::switches_read() {
    on(event::switches_read{now});
}

void engine_rig::clock_was_set(duration by) {
    on(event::clock_set{.by = by, .now = now});
}

void engine_rig::observe(service_view view, std::string service) {
    --under_way_[service];
    on(event::service_observed{std::move(service), std::move(view), now});
}

void engine_rig::not_found(std::string service) {
    --under_way_[service];
    on(event::service_observed{std::move(service), event::not_found{}, now});
}

void engine_rig::unavailable(std::string error, std::string service) {
    --under_way_[service];
    on(event::service_observed{std::move(service), event::unavailable{std::move(error)}, now});
}

void engine_rig::finish(event::update_result result, std::string error, std::string service) {
    --under_way_[service];
    on(event::update_finished{std::move(service), result, std::move(error), now});
}

void engine_rig::node_joined() {
    on(event::node_joined{.id = "node", .now = now});
}

void engine_rig::posted(decision what, std::string error) {
    on(event::post_finished{.what = std::move(what), .error = std::move(error), .now = now});
}

void engine_rig::answer(action::query const& what, query_answer answer, std::optional<time_point> asked) {
    asked_.erase({what.service, what.policy, what.rule, what.promql});
    on(event::sample_received{
        .service = what.service,
        .policy = what.policy,
        .rule = what.rule,
        .answer = std::move(answer),
        .asked = asked.value_or(now),
        .now = now,
        .promql = what.promql,
    });
}

void engine_rig::list(std::vector<alert_spec> alerts, std::string error) {
    REQUIRE(lists == 1);
    lists = 0;
    for (auto& each : alerts)
        each.source = alert_source::listed;
    notices const body(std::move(alerts));
    on(event::alerts_listed{.alerts = body.views(), .error = std::move(error), .now = now});
}

void engine_rig::sleep_until(time_point when) {
    for (int turns = 0; wake && *wake <= when; ++turns) {
        REQUIRE(turns < 10'000); // else it never sleeps
        sleep();
    }
    now = when;
}

void engine_rig::sleep() {
    REQUIRE(wake);
    now = std::max(now, *std::exchange(wake, std::nullopt));
    tick();
}

action::inspect engine_rig::take_inspect() {
    return take(inspects, "an inspect");
}

action::update engine_rig::take_update() {
    return take(updates, "an update");
}

decision engine_rig::take_record() {
    return take(records, "a record");
}

action::query engine_rig::take_query() {
    return take(queries, "a query");
}

action::post engine_rig::take_post() {
    return take(posts, "a message");
}

decision engine_rig::look(service_view view, std::string const& service) {
    if (inspects.empty())
        changed(view.id);
    CHECK(take_inspect().service == service);
    observe(std::move(view), service);
    return last(service);
}

service_view engine_rig::accept(service_view view) {
    auto const write = take_update();
    view = written(std::move(view), write);
    finish(event::update_result::accepted, "", write.service);
    return view;
}

decision engine_rig::last(std::string const& service) const {
    for (auto const& status : machine.services(now))
        if (status.service == service && status.last_decision)
            return *status.last_decision;
    return {};
}

service_view written(service_view view, action::update const& by) {
    ++view.version;
    view.replicas = by.replicas;
    view.running = by.replicas;
    view.previous_state = std::exchange(view.state, by.state);
    view.update = update_state::none;
    return view;
}

} // namespace autoscaler::policy::testing
