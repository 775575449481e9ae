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
