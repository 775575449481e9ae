// What breaks trust in a scaler: a dead source that looks alive, two policies that chase each other, a memory
// lost on the way, trouble that is not told.
#include "support/catch.hpp"
#include "support/engine_rig.hpp"

using namespace autoscaler::policy;
using namespace autoscaler::policy::testing;
using autoscaler::policy::event::update_result;

namespace {

std::shared_ptr<policy_set> returning_under_watch() {
    auto policy = one_more();
    policy.cooldown = {.up = 0s, .down = 0s};
    policy.give_back = return_rule{.after = 100s, .by = by(1)};
    auto file = file_of({policy});
    file->liveness = liveness_rule{.matchers = {must_match(R"(alertname="Watchdog")")}, .within = 5min};
    return file;
}

// Writes of another autoscaler, as its label tells of them.
service_view stepped_by_other(std::int64_t from, std::int64_t to, time_point at, std::uint64_t sequence) {
    auto view = a_service(to, 100 + sequence);
    view.state = service_state{
        .sequence = sequence,
        .writer = "other." + std::to_string(sequence),
        .last_set = to,
        .last_up = to > from ? std::optional(at) : std::nullopt,
        .last_down = to > from ? std::nullopt : std::optional(at),
        .changes = {{.at = at, .delta = to - from}},
        .policy_hash = "another",
        .episodes = {},
        .acts = {}
    };
    return view;
}

} // namespace

TEST_CASE("the end of the dead man's switch is no sign of life", "[engine]") {
    auto const source = GENERATE(alert_source::api, alert_source::webhook);
    engine_rig rig(returning_under_watch());
    rig.tick();
    rig.look(a_service(4));
    rig.hear({firing("Watchdog")});
    rig.now = t0 + 100s;
    auto over = resolved("Watchdog", rig.now);
    over.source = source;
    over.resolved = true;
    rig.hear({over});
    CHECK(rig.look(a_service(4)).why == reason::source_lost);
    over.starts_at = over.ends_at = t0 + 1s; // one that is repeated, too
    rig.hear({over});
    CHECK(rig.look(a_service(4)).why == reason::source_lost);
}

TEST_CASE(
    "a resolved notice that is repeated after another run of the alert expired lifts the loss of its source",
    "[alert_store]"
) {
    alert_store store(5h);
    auto first = firing("X", t0);
    first.ends_at = t0 + 5s;
    apply(store, first, t0);
    auto const which = apply(store, firing("X", t0 + 1s), t0 + 1s).which;
    apply(store, resolved("X", t0 + 2s, t0 + 1s), t0 + 2s);
    CHECK(store.status_of(which, t0 + 6s).ended == alert_store::end::expired);
    apply(store, resolved("X", t0 + 2s, t0 + 1s), t0 + 7s);
    CHECK(store.status_of(which, t0 + 7s).ended == alert_store::end::resolved);
}

TEST_CASE("a bound that undoes another autoscaler's step keeps the cooldown", "[engine]") {
    auto policy = one_more();
    policy.min = 2;
    policy.max = 3;
    policy.cooldown = {.up = 60s, .down = 90s};
    engine_rig rig(file_of({policy}));
    rig.tick();
    rig.look(a_service(3));

    rig.now = t0 + 1s;
    auto const above = stepped_by_other(3, 6, rig.now, 1);
    CHECK(rig.look(above).why == reason::bounds_conflict);
    rig.now = t0 + 91s - 1ms;
    CHECK(rig.look(above).why == reason::bounds_conflict);
    rig.now = t0 + 91s;
    rig.look(above);
    CHECK(rig.take_update().replicas == 3);
    rig.finish(update_result::conflict);

    rig.inspects.clear();
    auto const below = stepped_by_other(6, 1, rig.now, 2);
    rig.observe(below);
    CHECK(rig.updates.empty());
    rig.now += 60s;
    rig.look(below);
    CHECK(rig.take_update().replicas == 2);
}

TEST_CASE("a bound is restored at once against anybody who is no autoscaler", "[engine]") {
    auto policy = one_more();
    policy.max = 3;
    policy.cooldown = {.up = 60s, .down = 90s};
    engine_rig rig(file_of({policy}));
    rig.tick();
    rig.look(a_service(3));
    rig.look(a_service(6, 8));
    CHECK(rig.take_update().replicas == 3);
}

TEST_CASE("a policy that was switched off, or tried in dry run, still knows its cooldowns", "[engine]") {
    auto const dry = GENERATE(false, true);
    auto policy = one_more();
    policy.cooldown = {.up = 60s, .down = 300s};
    engine_rig rig(file_of({policy}));
    rig.tick();
    rig.look(a_service(2));
    rig.now = t0 + 1s;
    rig.look(a_service(5, 8)); // by hand: adopted, and the cooldowns count from here
    auto away = policy;
    away.enabled = dry;
    away.dry_run = dry;
    rig.reload(file_of({away}));
    rig.sleep();
    rig.look(a_service(5, 8));
    rig.reload(file_of({policy}));
    rig.hear({firing("X")});
    rig.sleep();
    CHECK(rig.look(a_service(5, 8)).why == reason::cooldown_up);
}

TEST_CASE("conflicts without end are told as a failure, once, and work goes on", "[engine]") {
    engine_rig rig(file_of({one_more()}));
    rig.hear({firing("X")});
    rig.take_inspect();
    for (int round = 0; round < 20; ++round) {
        rig.observe(a_service(2));
        CHECK(rig.take_update().replicas == 3);
        rig.finish(update_result::conflict, "update out of sequence");
        if (rig.inspects.empty())
            rig.sleep();
        rig.take_inspect();
    }
    REQUIRE(rig.records.size() == 1);
    CHECK(rig.records.front().why == reason::swarm_unavailable);
    CHECK(rig.records.front().error == "update out of sequence");
    CHECK(rig.records.front().would == 3);
    CHECK(rig.records.front().rule == "x");
}
