// Silences and pauses on their way through the engine.
#include "support/catch.hpp"
#include "support/engine_rig.hpp"

using namespace autoscaler::policy;
using namespace autoscaler::policy::testing;

namespace {

// One that has seen the service with 2 replicas, and has nothing to do.
struct quiet_rig : engine_rig {
    explicit quiet_rig(std::shared_ptr<policy_set const> file = file_of({one_more()}))
        : engine_rig(std::move(file)) {
        tick();
        look(a_service(2));
        records.clear();
    }

    reason now_says(service_view view = a_service(2)) { return look(std::move(view)).why; }
};

std::vector<silence> one_silence(time_point from = t0, time_point until = t0 + 1h) {
    return {a_silence("s", {"alertname=X"}, from, until)};
}

std::shared_ptr<policy_set> acts_once(resolved_action::kind on_resolved = resolved_action::kind::revert) {
    auto policy = one_more();
    auto& rule = std::get<alert_rule>(policy.rules[0].kind);
    rule.repeat.what = repeat_rhythm::kind::once;
    rule.on_resolved.what = on_resolved;
    return file_of({policy});
}

std::vector<std::string> silenced_by(engine const& machine, time_point now) {
    std::vector<std::string> found;
    machine.visit_alerts(now, [&](listed_alert const& each) {
        found.insert(found.end(), each.silenced_by.begin(), each.silenced_by.end());
    });
    return found;
}

} // namespace

TEST_CASE("an alert that is silenced when it fires moves nothing", "[engine][silence]") {
    quiet_rig rig;
    rig.silence(one_silence());
    CHECK(rig.idle()); // no alert is concerned
    rig.hear({firing("X")});
    CHECK(rig.now_says() == reason::silenced);
    CHECK(rig.updates.empty());
    CHECK(rig.take_record().why == reason::silenced);
    CHECK(silenced_by(rig.machine, rig.now) == std::vector<std::string>{"s"});
    CHECK(rig.machine.active_alerts(rig.now) == 1);
    CHECK(rig.machine.silenced_alerts(rig.now) == 1);
}

TEST_CASE("a silence for an alert that fires is looked at at once, and so is its end", "[engine][silence]") {
    auto policy = one_more();
    policy.cooldown.up = 10min;
    quiet_rig rig(file_of({policy}));
    rig.hear({firing("X")});
    auto view = a_service(2);
    rig.look(view);
    view = rig.accept(view);
    rig.look(view);
    rig.now += 1min;
    rig.silence(one_silence());
    CHECK(rig.now_says(view) == reason::silenced);
    rig.silence({});
    CHECK(rig.now_says(view) == reason::cooldown_up);
}

TEST_CASE("the engine wakes at the very start and at the very end of a silence", "[engine][silence]") {
    auto policy = one_more();
    policy.cooldown.up = 1h;
    quiet_rig rig(file_of({policy}));
    rig.hear({firing("X")});
    auto view = a_service(2);
    rig.look(view);
    view = rig.accept(view);
    rig.look(view);
    rig.silence(one_silence(t0 + 1001ms, t0 + 2003ms));
    CHECK(rig.inspects.empty());
    rig.sleep();
    CHECK(rig.now == t0 + 1001ms);
    CHECK(rig.now_says(view) == reason::silenced);
    rig.sleep();
    CHECK(rig.now == t0 + 2003ms);
    CHECK(rig.now_says(view) == reason::cooldown_up);
}

TEST_CASE("the end of a silence frees an alert with its old start", "[engine][silence]") {
    auto policy = one_more();
    std::get<alert_rule>(policy.rules[0].kind).for_ = 30min;
    quiet_rig rig(file_of({policy}));
    rig.silence(one_silence());
    rig.hear({firing("X")});
    CHECK(rig.now_says() == reason::silenced);
    rig.sleep_until(t0 + 1h - 1ms);
    CHECK(rig.now_says() == reason::silenced);
    CHECK(rig.updates.empty());
    rig.sleep();
    CHECK(rig.now == t0 + 1h);
    rig.look(a_service(2));
    CHECK(rig.take_update().replicas == 3);
}

TEST_CASE("a silence and its end do not make a second episode", "[engine][silence]") {
    quiet_rig rig(acts_once());
    rig.hear({firing("X")});
    auto view = a_service(2);
    rig.look(view);
    view = rig.accept(view);
    CHECK(rig.now_says(view) == reason::already_acted);
    rig.now += 1min;
    rig.silence(one_silence());
    CHECK(rig.now_says(view) == reason::silenced);
    CHECK(rig.updates.empty()); // nothing is reverted
    rig.now += 10min;
    rig.silence({});
    CHECK(rig.now_says(view) == reason::already_acted);
    SECTION("its end, silenced, is an end") {
        rig.silence(one_silence());
        rig.now_says(view);
        rig.hear({resolved("X", rig.now)});
        rig.look(view);
        auto const write = rig.take_update();
        CHECK(write.replicas == 2);
        CHECK(write.what.why == reason::resolved);
    }
}

TEST_CASE("of two alerts of a rule the one that is not silenced counts", "[engine][silence]") {
    quiet_rig rig;
    auto a = firing("X", t0 - 10min);
    a.labels["zone"] = "a";
    auto b = firing("X", t0);
    b.labels["zone"] = "b";
    rig.silence({a_silence("s", {"zone=a"})});
    rig.hear({a, b});
    rig.look(a_service(2));
    auto const write = rig.take_update();
    CHECK(write.replicas == 3);
    CHECK(write.what.alerts.size() == 1); // nobody blames the silenced one
}

TEST_CASE("a silence that runs into another one holds on", "[engine][silence]") {
    quiet_rig rig;
    rig.silence(
        {a_silence("a", {"alertname=X"}, t0, t0 + 1min),
         a_silence("b", {"severity!=page"}, t0 + 30s, t0 + 2min)}
    );
    rig.hear({firing("X")});
    CHECK(rig.now_says() == reason::silenced);
    rig.sleep_until(t0 + 1min);
    CHECK(rig.now_says() == reason::silenced);
    rig.sleep_until(t0 + 2min - 1ms);
    rig.now_says();
    CHECK(rig.updates.empty());
    rig.sleep();
    rig.look(a_service(2));
    rig.take_update();
}

TEST_CASE("another policy file changes nothing about silences", "[engine][silence]") {
    quiet_rig rig(acts_once());
    rig.silence(one_silence());
    rig.hear({firing("X")});
    CHECK(rig.now_says() == reason::silenced);
    rig.reload(acts_once(resolved_action::kind::hold));
    rig.tick();
    CHECK(rig.now_says() == reason::silenced);
    rig.silence({});
    rig.look(a_service(2));
    CHECK(rig.take_update().replicas == 3);
}

TEST_CASE("a clock that is set back into a silence silences again", "[engine][silence]") {
    auto policy = one_more();
    policy.cooldown.up = 24h;
    quiet_rig rig(file_of({policy}));
    rig.silence(one_silence());
    rig.hear({firing("X")});
    rig.look(a_service(2));
    rig.sleep_until(t0 + 2h);
    rig.look(a_service(2));
    auto const view = rig.accept(a_service(2));
    CHECK(rig.now_says(view) == reason::cooldown_up);
    rig.now = t0 + 30min;
    rig.tick();
    CHECK(rig.now_says(view) == reason::silenced);
    rig.sleep_until(t0 + 1h);
    CHECK(rig.now_says(view) == reason::cooldown_up);
}

TEST_CASE("a service that a silenced alert names is watched, and left alone", "[engine][silence]") {
    auto policy = one_more();
    policy.service.clear();
    policy.from_label = label_source{.label = "svc", .allow = must_match("svc=~\"w.*\"")};
    engine_rig rig(file_of({policy}));
    rig.silence(one_silence());
    auto alert = firing("X");
    alert.labels["svc"] = "web";
    rig.hear({alert});
    auto view = a_service(2);
    view.opted_in = true;
    CHECK(rig.look(view).why == reason::silenced);
    rig.sleep_until(t0 + 30min); // it stays attached
    rig.look(view);
    CHECK(rig.last().why == reason::silenced);
    rig.sleep_until(t0 + 1h);
    rig.look(view);
    CHECK(rig.take_update().replicas == 3);
}

TEST_CASE("policies in dry run are silenced like live ones", "[engine][silence]") {
    auto policy = one_more();
    policy.dry_run = true;
    quiet_rig rig(file_of({policy}));
    rig.silence(one_silence());
    rig.hear({firing("X")});
    CHECK(rig.now_says() == reason::silenced);
    rig.silence({});
    CHECK(rig.now_says() == reason::dry_run);
}

TEST_CASE("a webhook alert is silenced until it is resolved or the silence ends", "[engine][silence]") {
    quiet_rig rig;
    rig.silence(one_silence());
    auto alert = firing("X");
    alert.source = alert_source::webhook;
    alert.ends_at = {};
    rig.hear({alert});
    CHECK(rig.now_says() == reason::silenced);
    alert.resolved = true;
    rig.now += 1min;
    rig.hear({alert});
    CHECK(rig.now_says() == reason::no_signal);
    CHECK(rig.machine.silenced_alerts(rig.now) == 0);
}

TEST_CASE("an alert that runs out while it is silenced is looked at just then", "[engine][silence]") {
    quiet_rig rig;
    rig.silence(one_silence());
    auto alert = firing("X");
    alert.ends_at = t0 + 4min + 1ms;
    rig.hear({alert});
    CHECK(rig.now_says() == reason::silenced);
    while (rig.now <= t0 + 4min) {
        rig.sleep();
        rig.look(a_service(2));
    }
    CHECK(rig.now == t0 + 4min + 1ms);
    CHECK(rig.last().why == reason::no_signal);
}

TEST_CASE("the liveness alert is a sign of life though it is silenced", "[engine][silence]") {
    auto policy = one_more();
    policy.give_back = return_rule{.after = 1min, .by = by(1)};
    auto file = file_of({policy});
    file->liveness = liveness_rule{.matchers = {matcher::alert_name("Watchdog")}};
    engine_rig rig(file);
    rig.silence({a_silence("all", {"alertname!=\"\""})});
    rig.tick();
    rig.look(a_service(2));
    rig.hear({firing("Watchdog")});
    rig.now += 1min;
    rig.look(a_service(2));
    CHECK(rig.take_update().what.why == reason::give_back);
}

TEST_CASE("a message names no alert that is silenced", "[engine][silence]") {
    quiet_rig rig(file_of({a_policy({act_on("x", action_rule::kind::webhook, "X")})}));
    auto a = firing("X");
    a.labels["zone"] = "a";
    auto b = firing("X");
    b.labels["zone"] = "b";
    rig.silence({a_silence("s", {"zone=a"})});
    rig.hear({a, b});
    rig.look(a_service(2));
    rig.accept(a_service(2));
    auto const message = rig.take_post();
    REQUIRE(message.alerts.size() == 1);
    CHECK(message.alerts[0].at("zone") == "b");
}

TEST_CASE("an action waits for the end of the silence, and is then done once", "[engine][silence]") {
    quiet_rig rig(file_of({a_policy({act_on("x", action_rule::kind::restart, "X")})}));
    rig.silence(one_silence(t0, t0 + 1min));
    rig.hear({firing("X")});
    rig.look(a_service(2));
    CHECK(rig.updates.empty());
    rig.sleep_until(t0 + 1min);
    rig.look(a_service(2));
    CHECK(rig.take_update().restart);
}

TEST_CASE("ten thousand alerts and a thousand silences agree in the end", "[engine][silence]") {
    quiet_rig rig;
    std::vector<silence> all;
    for (int i = 0; i < 1000; ++i)
        all.push_back(a_silence(std::to_string(i), {"alertname=X", "nr=" + std::to_string(2 * i)}));
    std::vector<alert_spec> alerts;
    for (int i = 0; i < 10'000; ++i) {
        alerts.push_back(firing("X"));
        alerts.back().labels["nr"] = std::to_string(i);
    }
    rig.hear(std::move(alerts));
    rig.silence(all);
    CHECK(rig.machine.silenced_alerts(rig.now) == 1000);
    all.resize(10);
    rig.silence(all);
    CHECK(rig.machine.silenced_alerts(rig.now) == 10);
}

// ---- before they are known ----

namespace {

struct waiting_rig : engine_rig {
    waiting_rig() : engine_rig(file_of({one_more()}), {.instance = "me", .switches_patience = 30s}) {
        tick();
        hear({firing("X")});
        take_inspect();
        observe(a_service(2));
    }
};

} // namespace

TEST_CASE("nothing is decided before it is known what is switched off", "[engine][silence][pause]") {
    waiting_rig rig;
    CHECK(rig.idle());
    rig.silence({});
    rig.pause({a_pause(pause_mode::both)});
    while (!rig.inspects.empty()) {
        rig.take_inspect();
        rig.observe(a_service(2));
    }
    CHECK(rig.idle()); // they may be what local storage has: others may have made more
    rig.switches_read();
    CHECK(rig.look(a_service(2)).why == reason::paused);
    CHECK(rig.updates.empty());
}

TEST_CASE("what is switched off is not waited for for ever", "[engine][silence][pause]") {
    waiting_rig rig;
    rig.sleep_until(t0 + 29s);
    while (!rig.inspects.empty()) {
        rig.take_inspect();
        rig.observe(a_service(2));
    }
    CHECK(rig.idle());
    rig.now = t0 + 30s;
    rig.tick();
    rig.take_inspect();
    rig.observe(a_service(2));
    CHECK(rig.take_update().replicas == 3);
}

// ---- pauses ----

TEST_CASE("a pause by the API holds beside that of the label, and is lifted by its end", "[engine][pause]") {
    quiet_rig rig;
    rig.pause({a_pause(pause_mode::up, t0 + 10min + 1ms)});
    CHECK(rig.now_says() == reason::no_signal); // it is looked at at once
    rig.hear({firing("X")});
    CHECK(rig.now_says() == reason::paused);
    CHECK(rig.last().would == 3);
    rig.sleep_until(t0 + 10min);
    CHECK(rig.now_says() == reason::paused);
    CHECK(rig.updates.empty());
    rig.sleep();
    CHECK(rig.now == t0 + 10min + 1ms);
    rig.look(a_service(2));
    CHECK(rig.take_update().replicas == 3);
}

TEST_CASE("a pause that is lifted is looked at at once", "[engine][pause]") {
    quiet_rig rig;
    rig.pause({a_pause(pause_mode::both)});
    rig.now_says();
    rig.hear({firing("X")});
    CHECK(rig.now_says() == reason::paused);
    rig.pause({});
    rig.look(a_service(2));
    rig.take_update();
}

TEST_CASE("a pause of one direction leaves the other", "[engine][pause]") {
    quiet_rig rig;
    rig.pause({a_pause(pause_mode::down)});
    rig.now_says();
    rig.hear({firing("X")});
    auto view = a_service(2);
    SECTION("alone") {
        rig.look(view);
        rig.take_update();
    }
    SECTION("with that of the label it is both") {
        view.pause = pause_mode::up;
        CHECK(rig.now_says(view) == reason::paused);
    }
}

TEST_CASE("a pause is shown apart from the label's", "[engine][pause]") {
    quiet_rig rig;
    auto view = a_service(2);
    view.pause = pause_mode::up;
    rig.pause({a_pause(pause_mode::down, t0 + 1min)});
    rig.look(view);
    auto const status = rig.machine.services(rig.now).front();
    CHECK(status.view->pause == pause_mode::up);
    CHECK(status.pause == a_pause(pause_mode::down, t0 + 1min));
    CHECK_FALSE(rig.machine.services(t0 + 1min).front().pause);
}

TEST_CASE("pauses of other services, and those that are over, change nothing", "[engine][pause]") {
    quiet_rig rig;
    rig.now += 1min;
    rig.pause({a_pause(pause_mode::both, {}, "api"), a_pause(pause_mode::both, rig.now)});
    CHECK(rig.idle());
    rig.hear({firing("X")});
    rig.look(a_service(2));
    rig.take_update();
}

TEST_CASE("a pause holds for both names of a service", "[engine][pause]") {
    auto longer = one_more();
    longer.name = "longer";
    longer.service = "shop_web";
    auto file = file_of({one_more(), longer});
    file->stack = "shop";
    engine_rig rig(file);
    rig.pause({a_pause(pause_mode::both, {}, "shop_web")});
    rig.tick();
    auto view = a_service(2);
    view.name = "shop_web";
    rig.hear({firing("X")});
    rig.take_inspect();
    rig.observe(view, "web");
    rig.take_inspect();
    rig.observe(view, "shop_web");
    while (!rig.inspects.empty())
        rig.observe(view, rig.take_inspect().service);
    rig.sleep_until(t0 + 1min);
    while (!rig.inspects.empty())
        rig.observe(view, rig.take_inspect().service);
    CHECK(rig.updates.empty());
    CHECK(rig.last("web").why == reason::paused);
}

TEST_CASE("a full pause stops actions, too", "[engine][pause]") {
    quiet_rig rig(file_of({a_policy({act_on("x", action_rule::kind::restart, "X")})}));
    rig.pause({a_pause(pause_mode::both)});
    rig.now_says();
    rig.hear({firing("X")});
    rig.look(a_service(2));
    CHECK(rig.updates.empty());
    CHECK(rig.take_record().why == reason::paused);
}
