// Prometheus' own list of alerts, and what tells that the monitoring is alive.
#include "support/catch.hpp"
#include "support/engine_rig.hpp"

using namespace autoscaler::policy;
using namespace autoscaler::policy::testing;

namespace {

alert_spec listed(std::string name, std::map<std::string, std::string> more = {}) {
    auto made = firing(std::move(name), t0 - 1h);
    made.ends_at.reset();
    made.labels.merge(more);
    return made;
}

std::shared_ptr<policy_set> reconciling(duration every, service_policy policy = one_more()) {
    auto file = polling_file_of({std::move(policy)});
    file->prometheus->reconcile = every;
    return file;
}

service_policy giving_back() {
    auto policy = one_more();
    policy.max = 5;
    policy.give_back = {.after = 10min, .by = by(1)};
    return policy;
}

std::shared_ptr<policy_set> watched(service_policy policy) {
    auto file = file_of({std::move(policy)});
    file->liveness = liveness_rule{.matchers = {matcher::alert_name("Watchdog")}, .within = 3min};
    return file;
}

// Prometheus says that it is alive, as it does each minute.
void bark(engine_rig& rig) {
    auto dog = firing("Watchdog");
    dog.ends_at = rig.now + 4min;
    rig.hear({dog});
}

// What is decided now of 3 replicas. They are paused, so that whatever is decided changes nothing.
std::string_view why_of(engine_rig& rig) {
    auto view = a_service(3);
    view.pause = pause_mode::both;
    rig.changed(view.id);
    return to_string(rig.look(view).why);
}

} // namespace

TEST_CASE("at its start the engine asks for the list, and what it lists fires", "[engine][list]") {
    engine_rig rig(reconciling(0s));
    rig.tick();
    CHECK(rig.lists == 1);
    rig.look(a_service(3));
    rig.list({listed("X"), listed("Y")});
    rig.look(a_service(3));
    auto const write = rig.take_update();
    CHECK(write.replicas == 4);
    CHECK(write.what.why == reason::alert);
    rig.sleep_until(t0 + 1h);
    CHECK(rig.lists == 0); // once is all, where nobody wants more
}

TEST_CASE("the list is asked for again soon where it was not to be had", "[engine][list]") {
    engine_rig rig(reconciling(0s));
    rig.tick();
    rig.list({listed("X")}, "connection refused");
    CHECK(rig.machine.active_alerts(rig.now) == 0);
    rig.sleep_until(t0 + 4s);
    CHECK(rig.lists == 0);
    rig.sleep_until(t0 + 5s);
    CHECK(rig.lists == 1);
    rig.sleep_until(t0 + 5min);
    CHECK(rig.lists == 1); // one at a time
}

TEST_CASE("what is listed lasts while it is listed, and five minutes at most", "[engine][list]") {
    engine_rig rig(reconciling(1min));
    rig.tick();
    rig.list({listed("X"), listed("Y")});
    rig.sleep_until(t0 + 1min);
    REQUIRE(rig.lists == 1);
    rig.list({listed("X")});
    CHECK(rig.machine.active_alerts(rig.now) == 1);
    rig.sleep_until(t0 + 2min);
    rig.list({}, "timeout");
    CHECK(rig.machine.active_alerts(rig.now) == 1); // no answer closes nothing
    rig.lists = 0;
    rig.sleep_until(t0 + 6min - 1ms);
    CHECK(rig.machine.active_alerts(rig.now) == 1);
    rig.now = t0 + 6min;
    rig.tick();
    CHECK(rig.machine.active_alerts(rig.now) == 0);
}

TEST_CASE("a list never ends what was pushed", "[engine][list]") {
    engine_rig rig(reconciling(1min));
    rig.tick();
    rig.hear({firing("X")});
    rig.list({});
    CHECK(rig.machine.active_alerts(rig.now) == 1);
    rig.sleep_until(t0 + 1min);
    rig.list({listed("X")});
    rig.sleep_until(t0 + 2min);
    rig.list({});
    CHECK(rig.machine.active_alerts(rig.now) == 1);
}

TEST_CASE("the alert itself takes over from its entry in the list, with more labels", "[engine][list]") {
    engine_rig rig(reconciling(1min));
    rig.tick();
    rig.list({listed("X", {{"job", "web"}}), listed("X", {{"job", "api"}})});
    CHECK(rig.machine.active_alerts(rig.now) == 2);

    auto pushed = firing("X");
    pushed.labels["job"] = "web";
    pushed.labels["cluster"] = "eu";
    rig.now += 1s;
    rig.hear({pushed});
    CHECK(rig.machine.active_alerts(rig.now) == 2); // itself, and the one of the other job
    pushed.ends_at = rig.now += 1s;
    rig.hear({pushed});
    CHECK(rig.machine.active_alerts(rig.now) == 1);
}

TEST_CASE("an entry does not open again what was resolved a moment ago", "[engine][list]") {
    engine_rig rig(reconciling(1min));
    rig.tick();
    rig.now += 1s;
    rig.hear({resolved("X", rig.now)});
    rig.list({listed("X")}); // read before
    CHECK(rig.machine.active_alerts(rig.now) == 0);
    rig.now += 60s;
    rig.tick();
    rig.list({listed("X")});
    CHECK(rig.machine.active_alerts(rig.now) == 1);
}

TEST_CASE("`for` of an alert that was listed counts from then", "[engine][list]") {
    auto policy = one_more();
    std::get<alert_rule>(policy.rules[0].kind).for_ = 30s;
    engine_rig rig(reconciling(0s, policy));
    rig.tick();
    rig.look(a_service(3));
    rig.list({listed("X")}); // for an hour, it says: but that is when its own `for` began
    CHECK(rig.look(a_service(3)).why == reason::for_pending);
    rig.now += 30s;
    rig.changed("id1");
    rig.look(a_service(3));
    CHECK(rig.take_update().replicas == 4);
}

TEST_CASE("a listed alert says that a loaded episode goes on", "[engine][list]") {
    auto policy = one_more();
    auto& rule = std::get<alert_rule>(policy.rules[0].kind);
    rule.repeat.what = repeat_rhythm::kind::once;
    rule.on_resolved.what = resolved_action::kind::revert;
    auto view = a_service(5);
    view.state = service_state{};
    view.state->sequence = 1;
    view.state->last_set = 5;
    view.state->episodes["web/x"] = {
        .since = t0 - 1h, .start_count = 2, .acted = t0 - 1h, .by_webhook = false
    };
    engine_rig rig(reconciling(1min, policy));
    rig.tick();
    CHECK(rig.look(view).why == reason::no_signal); // nobody was heard yet
    rig.list({listed("X")});
    CHECK(rig.look(view).why == reason::already_acted);
}

TEST_CASE("a reload asks another Prometheus anew, and hears the old one no more", "[engine][list]") {
    engine_rig rig(reconciling(0s));
    rig.tick();
    auto file = reconciling(0s);
    file->prometheus->urls = {"http://other:9090"};
    rig.reload(file);
    CHECK(rig.lists == 1); // the old one's
    rig.list({listed("X")});
    CHECK(rig.machine.active_alerts(rig.now) == 0);
    CHECK(rig.lists == 1); // the new one's
    rig.list({listed("X")});
    CHECK(rig.machine.active_alerts(rig.now) == 1);

    rig.reload(reconciling(0s));
    rig.list({});
    rig.reload(file_of({one_more()})); // without any
    rig.inspects.clear();
    rig.observe(a_service(3));
    rig.sleep_until(rig.now + 1min); // it sleeps
    CHECK(rig.lists == 0);
}

TEST_CASE(
    "nothing is given back before a sign of life after the last expiry, and five minutes more",
    "[engine][live]"
) {
    engine_rig rig(watched(giving_back()));
    rig.tick();
    why_of(rig);
    auto alert = firing("Other");
    alert.ends_at = t0 + 4min;
    rig.hear({alert});
    auto const at = [&](int minute, bool alive) {
        rig.now = t0 + std::chrono::minutes(minute);
        if (alive)
            bark(rig);
        return why_of(rig);
    };
    for (int minute = 1; minute < 10; ++minute)
        CHECK(at(minute, minute < 4) == "no_signal");
    CHECK(at(15, false) == "source_lost"); // silent since the alert ran out
    for (int minute = 16; minute <= 20; ++minute)
        CHECK(at(minute, true) == "source_lost"); // back, but its rules may still wait to fire
    CHECK(at(21, true) == "paused");              // it would
    CHECK(at(23, false) == "paused");
    CHECK(at(24, false) == "source_lost"); // the last sign is three minutes old
}

TEST_CASE("a monitoring that dies again right after its return has to be alive anew", "[engine][live]") {
    engine_rig rig(watched(giving_back()));
    rig.tick();
    why_of(rig);
    auto alert = firing("Other");
    alert.ends_at = t0 + 1min;
    rig.hear({alert});
    auto const at = [&](int minute) {
        rig.now = t0 + std::chrono::minutes(minute);
        bark(rig);
        return why_of(rig);
    };
    CHECK(at(2) == "no_signal"); // alive, and then an hour of nothing
    for (int minute = 62; minute <= 66; ++minute)
        CHECK(at(minute) == "source_lost");
    CHECK(at(67) == "paused");
}

TEST_CASE("without a liveness alert Prometheus is asked each minute whether it is alive", "[engine][live]") {
    engine_rig rig(polling_file_of({giving_back()}));
    rig.tick();
    rig.list({});
    CHECK(why_of(rig) == "no_signal");
    auto alert = firing("Other");
    alert.ends_at = t0 + 90s;
    rig.hear({alert});
    int asked = 0;
    auto const at = [&](duration when, bool alive) {
        while (rig.wake && *rig.wake <= t0 + when) {
            rig.sleep();
            if (rig.lists == 1) {
                rig.list({}, alive ? "" : "connection refused");
                ++asked;
            }
        }
        rig.now = t0 + when;
        return why_of(rig);
    };
    CHECK(at(60s, true) == "no_signal");
    CHECK(asked == 1);
    CHECK(at(11min, false) == "source_lost");
    CHECK(at(12min, true) == "source_lost"); // it is back
    CHECK(at(16min, true) == "source_lost");
    CHECK(at(18min, true) == "paused");
}

TEST_CASE("a list that is only a sign of life opens nothing", "[engine][live]") {
    engine_rig rig(polling_file_of({giving_back()}));
    rig.tick();
    rig.list({});
    rig.sleep_until(t0 + 60s);
    REQUIRE(rig.lists == 1);
    rig.list({listed("X")});
    CHECK(rig.machine.active_alerts(rig.now) == 0);
}
