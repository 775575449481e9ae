// Faults on the side of the alerts, as a service feels them: a flood, senders with other clocks, bodies that
// come late or in another order, a restart. None may lead to a step that nobody asked for.
#include "support/catch.hpp"
#include "support/engine_rig.hpp"

using namespace autoscaler::policy;
using namespace autoscaler::policy::testing;

namespace {

std::shared_ptr<policy_set> reverting() {
    auto policy = one_more();
    policy.cooldown = {.up = 60s, .down = 60s};
    std::get<alert_rule>(policy.rules[0].kind).on_resolved.what = resolved_action::kind::revert;
    return file_of({policy});
}

// Alert X has brought the service from 2 to 3 at t0.
struct incident : engine_rig {
    explicit incident(std::shared_ptr<policy_set> file, engine_options options = {.instance = "me"})
        : engine_rig(std::move(file), std::move(options)) {
        hear({short_alert(t0, now)});
        look(a_service(2));
        view = accept(a_service(2));
        look(view);
    }

    // As a Prometheus sends it at `then` by its own clock.
    static alert_spec short_alert(time_point since, time_point then) {
        auto alert = firing("X", since);
        alert.ends_at = then + 4min;
        return alert;
    }

    service_view view;
};

} // namespace

TEST_CASE("a flood of alerts in the middle of an incident moves nothing", "[engine][faults]") {
    engine_options options{.instance = "me"};
    options.alert_memory = std::size_t{4} << 20U;
    incident rig(reverting(), options);
    rig.now = t0 + 10s;
    constexpr int bodies = 100;
    for (int i = 0; i < bodies; ++i) {
        std::vector<alert_spec> body;
        for (int k = 0; k < 1000; ++k) {
            auto one = firing("Flood" + std::to_string(k), rig.now);
            one.labels["body"] = std::to_string(i);
            if (k % 3 == 0)
                one.ends_at = rig.now; // over already: it makes room for the others
            body.push_back(std::move(one));
        }
        rig.hear(std::move(body));
    }
    CHECK(rig.machine.alerts_refused() > 0);
    CHECK(rig.machine.alert_bytes() <= options.alert_memory);
    CHECK(rig.look(rig.view).why == reason::cooldown_up);

    SECTION("what is known is still confirmed, and acts again") {
        rig.now = t0 + 60s;
        rig.hear({incident::short_alert(t0, rig.now)});
        rig.look(rig.view);
        CHECK(rig.take_update().replicas == 4);
    }
    SECTION("its end is heard") {
        rig.now = t0 + 60s;
        rig.hear({resolved("X", rig.now)});
        rig.look(rig.view);
        CHECK(rig.take_update().replicas == 2);
    }
}

TEST_CASE("a sender whose clock is some seconds off is understood", "[engine][faults]") {
    duration const offset = GENERATE(-60s, -5s, 5s, 60s);
    CAPTURE(offset.count());
    engine_rig rig(reverting());
    rig.now = t0;
    auto const since = rig.now + offset;
    rig.hear({incident::short_alert(since, rig.now + offset)});
    rig.look(a_service(2));
    auto view = rig.accept(a_service(2));
    CHECK(view.replicas == 3);
    rig.look(view);
    rig.now = t0 + 60s;
    auto over = firing("X", since);
    over.ends_at = rig.now + offset;
    rig.hear({over});
    rig.now += std::max(duration{}, offset) + 1s; // it goes on for so long at most
    rig.hear({over});                             // as it is repeated
    if (rig.updates.empty())
        rig.look(view);
    CHECK(rig.take_update().replicas == 2);
}

TEST_CASE("of two Prometheus the end at one is no end", "[engine][faults]") {
    incident rig(reverting());
    rig.now = t0 + 1s;
    rig.hear({incident::short_alert(t0 + 1s, rig.now)}); // the other one's start
    rig.now = t0 + 30s;
    rig.hear({resolved("X", rig.now, t0)});
    rig.now = t0 + 60s;
    rig.look(rig.view);
    CHECK(rig.take_update().replicas == 4); // it fires on
}

TEST_CASE("a firing notice that comes after the end it preceded opens nothing", "[engine][faults]") {
    incident rig(reverting());
    rig.now = t0 + 70s;
    rig.hear({resolved("X", rig.now)});
    rig.hear({incident::short_alert(t0, t0 + 60s)}); // sent before, on its way for long
    rig.look(rig.view);
    CHECK(rig.take_update().replicas == 2);
}

TEST_CASE("a monitoring that died gives no all-clear", "[engine][faults]") {
    auto const file = reverting();
    file->liveness = liveness_rule{.matchers = {must_match(R"(alertname="Watchdog")")}, .within = 3min};
    incident rig(file);
    rig.hear({firing("Watchdog")});
    rig.sleep_until(t0 + 4min + 1s);
    rig.inspects.clear();
    rig.updates.clear();
    rig.observe(rig.view);
    CHECK(rig.updates.empty());
    CHECK(rig.last().why == reason::source_lost);
}

TEST_CASE("what was kept over a restart waits for a word of its source", "[engine][faults]") {
    incident before(reverting());
    history kept;
    before.machine.visit_memories([&](auto, auto, history const& memory) { kept = memory; });
    REQUIRE(kept.rules.at("web/x").open);
    engine_rig rig(reverting(), {.instance = "again"});
    rig.now = t0 + 2min;
    rig.machine.preload("id1", "", kept);
    rig.tick();
    CHECK(rig.look(before.view).why == reason::no_signal);
    SECTION("it still fires") {
        rig.hear({incident::short_alert(t0, rig.now)});
        rig.look(before.view);
        CHECK(rig.take_update().replicas == 4);
    }
    SECTION("it has ended") {
        rig.hear({resolved("X", rig.now)});
        rig.look(before.view);
        CHECK(rig.take_update().replicas == 2);
    }
}
