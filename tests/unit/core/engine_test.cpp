// One alert's way through the engine: events in, exact actions out.
#include "support/catch.hpp"
#include "support/engine_rig.hpp"

using namespace autoscaler::policy;
using namespace autoscaler::policy::testing;

using event::update_result;

namespace {

std::shared_ptr<policy_set> with_cooldown() {
    auto policy = one_more();
    policy.cooldown = {.up = 60s, .down = 300s};
    return file_of({policy});
}

} // namespace

TEST_CASE("at its start the engine looks at every service that a policy names", "[engine]") {
    auto other = one_more();
    other.name = other.service = "api";
    engine_rig rig(file_of({one_more(), other}));
    CHECK(rig.idle());
    rig.tick();
    CHECK(rig.take_inspect().service == "web");
    auto const second = rig.take_inspect();
    CHECK(second.service == "api");
    CHECK(second.alternative.empty());
    CHECK(second.tasks);
    CHECK(rig.idle());
}

TEST_CASE("a firing alert leads to an inspect, then to one versioned update, then to a record", "[engine]") {
    engine_rig rig(with_cooldown());
    rig.tick();
    rig.look(a_service(2, 7));
    CHECK(rig.take_record().why == reason::no_signal);

    rig.now += 1s;
    rig.hear({firing("X", rig.now)});
    CHECK(rig.take_inspect().service == "web");
    CHECK(rig.idle());

    rig.observe(a_service(2, 7));
    auto const write = rig.take_update();
    CHECK(rig.idle()); // nothing is told before Swarm has accepted it
    CHECK(write.id == "id1");
    CHECK(write.version == 7);
    CHECK(write.replicas == 3);
    CHECK(write.state.sequence == 1);
    CHECK(write.state.writer == "me.1");
    CHECK(write.state.last_set == 3);
    CHECK(write.state.last_up == rig.now);
    CHECK_FALSE(write.state.last_down);
    CHECK(write.state.changes == std::vector<replica_change>{{rig.now, 1}});
    CHECK(write.state.policy_hash == "hash");
    CHECK(
        write.state.episodes.at("web/x") ==
        episode{.since = rig.now, .start_count = 2, .acted = rig.now, .by_webhook = false}
    );

    rig.finish(update_result::accepted);
    auto const told = rig.take_record();
    CHECK(told.action == decided_action::up);
    CHECK(told.from == 2);
    CHECK(told.to == 3);
    CHECK(told.why == reason::alert);
    CHECK(told.policy == "web");
    CHECK(told.alerts.size() == 1);
    CHECK(told.version == 7);
    CHECK(rig.take_inspect().tasks); // to see the tasks start
    CHECK(rig.idle());
}

TEST_CASE("each write has its own name and a higher number", "[engine]") {
    engine_rig rig(file_of({one_more()}));
    rig.hear({firing("X")});
    rig.look(a_service(2));
    auto view = rig.accept(a_service(2));
    CHECK(view.state->writer == "me.1");
    rig.look(view);
    view = rig.accept(view);
    CHECK(view.state->writer == "me.2");
    CHECK(view.state->sequence == 2);
    CHECK(view.replicas == 4);
}

TEST_CASE("alerts that come while an inspect is under way need no second one", "[engine]") {
    engine_rig rig(with_cooldown());
    rig.tick();
    auto other = firing("X");
    other.labels["instance"] = "b";
    rig.hear({firing("X"), other});
    rig.take_inspect();
    CHECK(rig.idle());
    rig.observe(a_service(10));
    CHECK(rig.take_record().why == reason::at_max); // the answer is decided upon with what is known by then
    CHECK(rig.idle());
}

TEST_CASE("a change that comes while an inspect is under way asks again after it", "[engine]") {
    engine_rig rig(with_cooldown());
    rig.tick();
    rig.take_inspect();
    rig.changed("", "web");
    rig.changed("", "web");
    CHECK(rig.idle());
    rig.observe(a_service(2));
    CHECK(rig.take_record().why == reason::no_signal);
    CHECK(rig.take_inspect().service == "web");
    rig.observe(a_service(2));
    CHECK(rig.idle());
}

TEST_CASE("whatever comes while an update is under way, nothing is sent before its answer", "[engine]") {
    engine_rig rig(file_of({one_more()}));
    rig.hear({firing("X")});
    rig.look(a_service(2));
    rig.take_update();
    auto other = firing("X");
    other.labels["instance"] = "b";
    rig.hear({other});
    rig.changed("id1");
    rig.now += 20s;
    rig.tick();
    CHECK(rig.idle());
    rig.finish(update_result::accepted);
    CHECK(rig.take_inspect().service == "web");
    CHECK(rig.inspects.empty());
}

TEST_CASE("an alert that no rule asks for wakes nobody", "[engine]") {
    engine_rig rig(with_cooldown());
    rig.tick();
    rig.look(a_service(2));
    rig.take_record();
    rig.hear({firing("Other")});
    CHECK(rig.idle());
    CHECK(rig.machine.active_alerts(rig.now) == 1);
}

TEST_CASE("a repetition of an alert wakes nobody, its end does", "[engine]") {
    engine_rig rig(with_cooldown());
    rig.hear({firing("X")});
    auto view = a_service(2);
    rig.look(view);
    view = rig.accept(view);
    rig.look(view);
    rig.now += 5s;
    rig.hear({firing("X")});
    CHECK(rig.inspects.empty());
    rig.hear({resolved("X", rig.now)});
    CHECK(rig.take_inspect().service == "web");
}

TEST_CASE("a decision that is the same as the last one is told once", "[engine]") {
    engine_rig rig(with_cooldown());
    rig.tick();
    rig.look(a_service(2));
    CHECK(rig.take_record().why == reason::no_signal);
    rig.look(a_service(2));
    CHECK(rig.records.empty());
    rig.look(a_service(5));
    CHECK(rig.take_record().from == 5);
}

TEST_CASE("the engine wakes when a cooldown ends and steps on", "[engine]") {
    engine_rig rig(with_cooldown());
    rig.hear({firing("X")});
    auto view = a_service(2);
    rig.look(view);
    view = rig.accept(view);
    CHECK(rig.look(view).why == reason::cooldown_up);
    while (rig.now < t0 + 60s) {
        CHECK(rig.updates.empty());
        rig.sleep();
        rig.look(view);
    }
    CHECK(rig.now == t0 + 60s);
    CHECK(rig.take_update().replicas == 4);
}

namespace {

// Sleeps from wake-up to wake-up, showing `view`, until a write comes out; gives back its time.
time_point time_of_next_write(engine_rig& rig, service_view const& view) {
    for (int i = 0; i < 1000 && rig.updates.empty(); ++i) {
        rig.sleep();
        if (!rig.inspects.empty())
            rig.look(view);
    }
    REQUIRE_FALSE(rig.updates.empty());
    return rig.now;
}

} // namespace

TEST_CASE("the engine wakes when a rule's patience is over", "[engine]") {
    auto policy = one_more();
    std::get<alert_rule>(policy.rules[0].kind).for_ = 37s;
    engine_rig rig(file_of({policy}));
    rig.hear({firing("X")});
    CHECK(rig.look(a_service(2)).why == reason::for_pending);
    CHECK(time_of_next_write(rig, a_service(2)) == t0 + 37s);
}

TEST_CASE("the engine wakes when it is time to return", "[engine]") {
    auto policy = one_more();
    policy.give_back = {.after = 10min, .by = by(1)};
    engine_rig rig(file_of({policy}));
    rig.tick();
    CHECK(rig.look(a_service(4)).why == reason::no_signal);
    CHECK(time_of_next_write(rig, a_service(4)) == t0 + 10min);
    CHECK(rig.updates.front().replicas == 3);
}

TEST_CASE("the engine wakes when an alert runs out", "[engine]") {
    auto policy = one_more();
    policy.max = 3;
    std::get<alert_rule>(policy.rules[0].kind).on_resolved.what = resolved_action::kind::revert;
    engine_rig rig(file_of({policy}));
    auto alert = firing("X");
    alert.ends_at = t0 + 47s;
    rig.hear({alert});
    auto view = a_service(2);
    rig.look(view);
    view = rig.accept(view);
    CHECK(rig.look(view).why == reason::at_max);
    CHECK(time_of_next_write(rig, view) == t0 + 47s);
    CHECK(rig.updates.front().replicas == 2);
}

TEST_CASE("every service is looked at in any case, now and then", "[engine]") {
    engine_rig rig(with_cooldown());
    rig.tick();
    rig.look(a_service(2));
    rig.sleep();
    CHECK(rig.now == t0 + resync_interval);
    CHECK(rig.take_inspect().tasks);
}

TEST_CASE("a relative step waits for the tasks of the last one and goes on when they run", "[engine]") {
    engine_rig rig(file_of({one_more()}));
    rig.hear({firing("X")});
    auto view = a_service(2);
    rig.look(view);
    view = rig.accept(view);
    view.running = 2;
    CHECK(rig.look(view).why == reason::not_converged);
    CHECK(rig.wake <= rig.now + 1s); // nothing tells of a task that starts
    rig.sleep();
    view.running = 3;
    CHECK(rig.take_inspect().tasks);
    rig.observe(view);
    CHECK(rig.take_update().replicas == 4);
}

TEST_CASE("a name is tried as written and then within the stack", "[engine]") {
    auto file = with_cooldown();
    file->stack = "hosp";
    engine_rig rig(file);
    rig.tick();
    auto const asked = rig.take_inspect();
    CHECK(asked.service == "web");
    CHECK(asked.alternative == "hosp_web");
    auto view = a_service(2);
    view.name = "hosp_web";
    rig.observe(view);
    CHECK(rig.take_record().service == "hosp_web");
    rig.changed("", "hosp_web");
    CHECK(rig.take_inspect().service == "web");
}

TEST_CASE("a service that is not there is said once and looked for again", "[engine]") {
    engine_rig rig(with_cooldown());
    rig.tick();
    rig.take_inspect();
    rig.not_found();
    auto const told = rig.take_record();
    CHECK(told.why == reason::service_not_found);
    CHECK(told.service == "web");
    rig.sleep();
    rig.take_inspect();
    rig.not_found();
    CHECK(rig.idle());
    CHECK(rig.machine.services(rig.now).front().error == R"(no service is named "web")");
    CHECK(told.error == R"(no service is named "web")");
    rig.changed("new", "web"); // `service create`
    rig.take_inspect();
    rig.observe(a_service(2));
    CHECK(rig.take_record().why == reason::no_signal);
    CHECK(rig.machine.services(rig.now).front().error.empty());
}

TEST_CASE("policies that are switched off are said and never act", "[engine]") {
    auto policy = one_more();
    policy.enabled = false;
    engine_rig rig(file_of({policy}));
    rig.hear({firing("X")});
    CHECK(rig.look(a_service(2)).why == reason::no_policy);
    CHECK(rig.updates.empty());
}

TEST_CASE("the state of a service is shown with its open episodes and closed cooldowns", "[engine]") {
    engine_rig rig(with_cooldown());
    rig.hear({firing("X")});
    auto view = a_service(2);
    rig.look(view);
    view = rig.accept(view);
    rig.look(view);
    auto const all = rig.machine.services(rig.now);
    REQUIRE(all.size() == 1);
    auto const& status = all.front();
    CHECK(status.service == "web");
    CHECK(status.policies == std::vector<std::string>{"web"});
    CHECK(status.view->replicas == 3);
    CHECK(status.wanted == 3);
    CHECK(status.bounds == replica_bounds{.min = 1, .max = 10});
    REQUIRE(status.active_rules.size() == 1);
    CHECK(status.active_rules[0].rule == "x");
    CHECK(status.active_rules[0].acted == t0);
    CHECK(status.cooldown_up_until == t0 + 60s);
    CHECK(status.cooldown_down_until == t0 + 300s);
    CHECK(status.last_decision->why == reason::cooldown_up);
    CHECK_FALSE(rig.machine.services(t0 + 60s).front().cooldown_up_until);
}
