// A wall clock that is set by an hour, forward or back, while the engine knows of it; and stuck tasks, which
// are to be known before anybody wants the next step.
#include "support/catch.hpp"
#include "support/engine_rig.hpp"

using namespace autoscaler::policy;
using namespace autoscaler::policy::testing;

namespace {

std::shared_ptr<policy_set> reverting() {
    auto policy = one_more();
    policy.cooldown = {.up = 60s, .down = 90s};
    std::get<alert_rule>(policy.rules[0].kind).on_resolved.what = resolved_action::kind::revert;
    return file_of({policy});
}

// An engine that has stepped 2 -> 3 at t0, and whose clock is set by `by` ten seconds later.
struct set_clock : engine_rig {
    explicit set_clock(duration jump) : engine_rig(reverting()), by(jump) {
        hear({alert_of(now)});
        look(a_service(2));
        view = accept(a_service(2));
        look(view);
        now = t0 + 10s;
        look(view);
        now += by;
        wake.reset();
        clock_was_set(by);
    }

    // As a Prometheus tells it whose clock says `then`.
    static alert_spec alert_of(time_point then) {
        auto alert = firing("X");
        alert.ends_at = then + 4min;
        return alert;
    }

    duration by;
    service_view view;
};

} // namespace

TEST_CASE("a clock that is set, either way, leaves cooldowns as long as they are", "[engine][clock]") {
    duration const by = GENERATE(-60min, 60min, -10min, 10min);
    CAPTURE(by.count());
    set_clock rig(by);
    CHECK(rig.wake == rig.now); // whoever slept by the old time is woken
    rig.sleep();
    CHECK(rig.look(rig.view).why == reason::cooldown_up);
    CHECK(rig.machine.services(rig.now).front().cooldown_up_until == t0 + by + 60s);
    rig.hear({set_clock::alert_of(rig.now)});
    while (rig.updates.empty()) {
        rig.sleep();
        rig.look(rig.view);
    }
    CHECK(rig.now == t0 + by + 60s);
    CHECK(rig.updates.front().state.changes.size() == 2);
    CHECK(rig.updates.front().state.changes.front().at == t0); // still known by its old name
}

TEST_CASE("a clock that was far behind and is set right takes an end for an end", "[engine][clock]") {
    duration const by = GENERATE(60min, 20'000 * 24 * 60min);
    CAPTURE(by.count());
    engine_rig rig(reverting());
    rig.hear({set_clock::alert_of(rig.now + by)}); // Prometheus' clock is right
    rig.now += by;
    rig.clock_was_set(by);
    rig.hear({set_clock::alert_of(rig.now)});
    CHECK(rig.machine.active_alerts(rig.now) == 1);
    rig.now += 10s;
    auto over = firing("X");
    over.ends_at = rig.now;
    rig.hear({over});
    CHECK(rig.machine.active_alerts(rig.now) == 0);
}

TEST_CASE("after our clock was set a Prometheus with another one is still understood", "[engine][clock]") {
    duration const by = GENERATE(-60min, 60min, -10min, 10min);
    bool const its_too = GENERATE(false, true);
    CAPTURE(by.count(), its_too);
    set_clock rig(by);
    auto const its_time = [&] { return its_too ? rig.now : rig.now - by; };
    for (int i = 0; i < 4; ++i) {
        rig.now += 60s;
        rig.hear({set_clock::alert_of(its_time())});
        CHECK(rig.machine.active_alerts(rig.now) == 1);
    }
    rig.now += 10s;
    auto over = firing("X");
    over.ends_at = its_time();
    rig.hear({over});
    CHECK(rig.machine.active_alerts(rig.now) == 0);
}

TEST_CASE("an alert whose Prometheus died does not outlive its end by the hour", "[engine][clock]") {
    duration const by = GENERATE(-1h, 1h);
    set_clock rig(by);
    rig.now += 3min;
    rig.tick();
    CHECK(rig.machine.active_alerts(rig.now) == 1);
    rig.now += 1min;
    rig.tick();
    CHECK(rig.machine.active_alerts(rig.now) == 0);
}

TEST_CASE(
    "tasks that are stuck are known before anybody wants a step, and until they run", "[engine][stuck]"
) {
    auto policy = one_more();
    policy.cooldown = {.up = 60s, .down = 90s};
    engine_rig rig(file_of({policy}), {.instance = "me", .crash_memory = 60s});
    rig.hear({firing("X")});
    rig.look(a_service(2));
    auto view = rig.accept(a_service(2));
    rig.hear({resolved("X", rig.now)});
    view.running = 2;
    rig.look(view);
    auto const status = [&rig] { return rig.machine.services(rig.now).front(); };
    CHECK(status().stuck == stuck_state::none);
    rig.now += 1s;
    rig.look(view);
    INFO("while tasks start they are counted every few seconds");
    auto const before = rig.now;
    rig.sleep();
    CHECK(rig.now - before <= 5s);
    CHECK(rig.take_inspect().tasks);
    view.stuck = stuck_state::crash_looping;
    rig.observe(view);
    auto const since = rig.now;
    CHECK(status().stuck == stuck_state::crash_looping);
    CHECK(status().stuck_since == since);

    SECTION("an answer without a count leaves it as it is") {
        rig.now += 200s;
        auto uncounted = view;
        uncounted.running.reset();
        uncounted.stuck = stuck_state::none;
        rig.hear({firing("X", rig.now)});
        CHECK(rig.look(uncounted).why == reason::crash_looping);
    }
    SECTION("crashing tasks run in between") {
        view.running = 3;
        view.stuck = stuck_state::none;
        rig.now = since + 59s;
        rig.look(view);
        CHECK(status().stuck == stuck_state::crash_looping);
        rig.now = since + 60s;
        rig.look(view);
        CHECK(status().stuck == stuck_state::none);
        CHECK_FALSE(status().stuck_since);
    }
    SECTION("what has no place is stuck until it has one") {
        view.stuck = stuck_state::unschedulable;
        rig.now = since + 3min;
        rig.look(view);
        CHECK(status().stuck == stuck_state::unschedulable);
    }
    SECTION("later it is asked for seldom") {
        rig.now = since + 10min;
        rig.look(view);
        auto const later = rig.now;
        rig.sleep();
        CHECK(rig.now - later == resync_interval);
    }
}
