// What the engine remembers: across restarts, reloads, dry runs, several names of one service, and of life
// signs of the monitoring.
#include "support/catch.hpp"
#include "support/engine_rig.hpp"

using namespace autoscaler::policy;
using namespace autoscaler::policy::testing;

using event::update_result;

namespace {

service_policy reverting() {
    auto policy = one_more();
    policy.cooldown = {.up = 60s, .down = 0s};
    std::get<alert_rule>(policy.rules[0].kind).on_resolved.what = resolved_action::kind::revert;
    return policy;
}

// A service that an engine of before has scaled from 2 to 3 at t0.
service_view scaled_before(std::shared_ptr<policy_set> const& file) {
    engine_rig before(file, {.instance = "before"});
    before.hear({firing("X")});
    auto view = a_service(2);
    before.look(view);
    return before.accept(view);
}

} // namespace

TEST_CASE("a restart forgets no cooldown", "[engine]") {
    auto const file = file_of({reverting()});
    auto const view = scaled_before(file);
    engine_rig rig(file);
    rig.now = t0 + 20s;
    rig.hear({firing("X")});
    CHECK(rig.look(view).why == reason::cooldown_up);
    rig.now = t0 + 60s;
    rig.look(view);
    auto const write = rig.take_update();
    CHECK(write.replicas == 4);
    CHECK(write.state.sequence == 2);
    CHECK(write.state.changes.size() == 2);
    CHECK(write.state.episodes.at("web/x").start_count == 2); // still the same episode
}

TEST_CASE("after a restart an episode waits for its source, and acts when it is heard", "[engine]") {
    auto const file = file_of({reverting()});
    auto const view = scaled_before(file);
    engine_rig rig(file);
    rig.now = t0 + 20s;
    rig.tick();
    CHECK(rig.look(view).why == reason::no_signal);
    rig.now = t0 + 90s;
    rig.hear({resolved("X", t0 + 30s)});
    rig.look(view);
    CHECK(rig.take_update().replicas == 2);
}

TEST_CASE("after a restart an episode waits five minutes for a source that stays silent", "[engine]") {
    auto const file = file_of({reverting()});
    auto const view = scaled_before(file);
    engine_rig rig(file);
    rig.now = t0 + 20s;
    rig.tick();
    rig.look(view);
    while (rig.updates.empty()) {
        rig.sleep();
        rig.look(view);
    }
    CHECK(rig.now == t0 + 20s + source_patience);
    CHECK(rig.take_update().replicas == 2);
}

TEST_CASE("a deploy after a restart finds the label of before in PreviousSpec", "[engine]") {
    auto const file = file_of({reverting()});
    auto view = scaled_before(file);
    view.previous_state = std::exchange(view.state, std::nullopt);
    view.replicas = 2;
    ++view.version;
    engine_rig rig(file);
    rig.now = t0 + 20s;
    rig.hear({firing("X")});
    rig.look(view);
    REQUIRE(rig.machine.services(rig.now).front().cooldown_up_until == t0 + 60s);
    rig.now = t0 + 60s;
    rig.look(view);
    CHECK(rig.take_update().state.sequence == 2);
}

TEST_CASE("another autoscaler's step counts for our cooldowns as soon as we see it", "[engine]") {
    auto const file = file_of({reverting()});
    engine_rig rig(file);
    rig.tick();
    rig.look(a_service(2));
    rig.now = t0 + 5s;
    rig.look(scaled_before(file));
    rig.now = t0 + 6s;
    rig.hear({firing("X")});
    CHECK(rig.look(scaled_before(file)).why == reason::cooldown_up);
}

TEST_CASE("a label that comes before its alert does not undo the step of another autoscaler", "[engine]") {
    auto const file = file_of({reverting()});
    engine_rig rig(file);
    rig.now = t0 - 10min;
    rig.hear({firing("X", rig.now)});
    rig.now += 1s;
    rig.hear({resolved("X", rig.now, t0 - 10min)}); // so its name is known here
    rig.now = t0 - 5min;
    rig.inspects.clear();
    rig.observe(a_service(2));
    rig.now = t0 + 5ms;
    auto const view = scaled_before(file);
    rig.changed("id1");
    rig.take_inspect();
    rig.observe(view);
    CHECK(rig.updates.empty());
    rig.now = t0 + 10ms;
    rig.hear({firing("X")});
    CHECK(rig.look(view).why == reason::cooldown_up);
}

TEST_CASE("a reload keeps histories, alerts and what is under way", "[engine]") {
    auto policy = reverting();
    engine_rig rig(file_of({policy}));
    rig.hear({firing("X")});
    auto view = a_service(2);
    rig.look(view);
    policy.max = 4;
    auto other = one_more();
    other.name = other.service = "api";
    rig.reload(file_of({other, policy})); // another place in the file
    CHECK(rig.inspects.empty());
    view = rig.accept(view);
    CHECK(rig.take_record().action == decided_action::up);
    CHECK(rig.take_inspect().service == "web");
    rig.observe(view);
    CHECK(rig.last().why == reason::cooldown_up);
    rig.tick();
    CHECK(rig.take_inspect().service == "api");
    rig.now = t0 + 60s;
    rig.look(view);
    view = rig.accept(view);
    CHECK(view.replicas == 4);
    rig.now = t0 + 120s;
    CHECK(rig.look(view).why == reason::at_max); // the new bound
}

TEST_CASE("a reload decides at once by the new policies", "[engine]") {
    auto policy = one_more();
    policy.rules[0] = on_alert("y", "Y", by(1));
    engine_rig rig(file_of({policy}));
    rig.hear({firing("X")});
    rig.tick();
    CHECK(rig.look(a_service(2)).why == reason::no_signal);
    rig.reload(file_of({one_more()}));
    rig.sleep();
    CHECK(rig.now == t0);
    rig.look(a_service(2));
    CHECK(rig.take_update().replicas == 3); // the alert that nobody asked for before
}

TEST_CASE("an answer for a service that a reload has dropped is ignored", "[engine]") {
    engine_rig rig(file_of({one_more()}));
    rig.tick();
    auto other = one_more();
    other.name = other.service = "api";
    rig.reload(file_of({other}));
    rig.take_inspect();
    rig.observe(a_service(2));
    CHECK(rig.idle());
    rig.finish(update_result::accepted);
    CHECK(rig.idle());
}

TEST_CASE("a reload asks at once where it was waiting for an engine that was away", "[engine]") {
    engine_rig rig(file_of({one_more()}));
    rig.tick();
    for (int i = 0; i < 6; ++i) {
        rig.take_inspect();
        rig.unavailable("away");
        rig.sleep();
    }
    rig.take_inspect();
    rig.unavailable("away");
    rig.reload(file_of({one_more()}));
    rig.tick();
    rig.take_inspect();
}

TEST_CASE("a policy that was switched off for a while does not count the time as idle", "[engine]") {
    auto policy = one_more();
    policy.give_back = {.after = 10min, .by = by(1)};
    auto other = one_more();
    other.name = "other";
    engine_rig rig(file_of({policy, other}));
    rig.tick();
    rig.look(a_service(4));
    auto off = policy;
    off.enabled = false;
    rig.reload(file_of({off, other}));
    rig.tick();
    rig.look(a_service(4));
    rig.now = t0 + 1h;
    rig.reload(file_of({policy, other}));
    rig.tick();
    CHECK(rig.look(a_service(4)).why == reason::no_signal);
}

TEST_CASE("two names of one service are decided together, whichever is seen first", "[engine]") {
    for (bool const full_first : {false, true}) {
        CAPTURE(full_first);
        auto low = one_more();
        low.name = "low";
        low.service = "web";
        auto high = a_policy({on_alert("y", "Y", exactly(2))});
        high.name = "high";
        high.service = "hosp_web";
        high.rules[0].priority = 10;
        auto const file = file_of({low, high});
        file->stack = "hosp";
        engine_rig rig(file);
        rig.hear({firing("X"), firing("Y")});
        auto view = a_service(4);
        view.name = "hosp_web";
        rig.inspects.clear();
        rig.observe(view, full_first ? "hosp_web" : "web");
        CHECK(rig.updates.empty()); // the other name may turn out to mean the same service
        rig.observe(view, full_first ? "web" : "hosp_web");
        auto const deciding = rig.take_inspect();
        rig.observe(view, deciding.service);
        auto const write = rig.take_update();
        CHECK(write.replicas == 2);
        CHECK(rig.updates.empty());
        auto const all = rig.machine.services(rig.now);
        REQUIRE(all.size() == 1);
        CHECK(all.front().policies == std::vector<std::string>{"low", "high"});
    }
}

TEST_CASE("two names that mean two services are decided apart", "[engine]") {
    auto low = one_more();
    auto high = a_policy({on_alert("y", "Y", exactly(2))});
    high.name = high.service = "hosp_web";
    auto const file = file_of({low, high});
    file->stack = "hosp";
    engine_rig rig(file);
    rig.hear({firing("X"), firing("Y")});
    rig.inspects.clear();
    rig.observe(a_service(4), "web");
    auto other = a_service(4);
    other.id = "id2";
    other.name = "hosp_web";
    rig.observe(other, "hosp_web");
    while (!rig.inspects.empty())
        rig.observe(a_service(4), rig.take_inspect().service);
    REQUIRE(rig.updates.size() == 2);
    CHECK(rig.updates[0].replicas + rig.updates[1].replicas == 5 + 2);
}

TEST_CASE("a name that is no service does not hold up the other one", "[engine]") {
    auto low = one_more();
    auto high = a_policy({on_alert("y", "Y", exactly(2))});
    high.name = high.service = "hosp_web";
    auto const file = file_of({low, high});
    file->stack = "hosp";
    engine_rig rig(file);
    rig.hear({firing("X")});
    rig.tick();
    rig.inspects.clear();
    rig.observe(a_service(4), "web");
    rig.not_found("hosp_web");
    while (!rig.inspects.empty())
        rig.observe(a_service(4), rig.take_inspect().service);
    CHECK(rig.take_update().replicas == 5);
}

TEST_CASE("a policy in dry run is decided alone, with clocks of its own, and writes nothing", "[engine]") {
    auto live = one_more();
    live.cooldown = {.up = 60s, .down = 300s};
    auto candidate = a_policy({on_alert("c", "X", by(3))});
    candidate.name = "candidate";
    candidate.dry_run = true;
    candidate.cooldown = {.up = 90s, .down = 300s};
    engine_rig rig(file_of({live, candidate}));
    rig.hear({firing("X")});
    auto view = a_service(2);
    rig.look(view);
    auto const would = rig.take_record();
    CHECK(would.why == reason::dry_run);
    CHECK(would.policy == "candidate");
    CHECK(would.would == 5);
    view = rig.accept(view);
    CHECK(view.replicas == 3);
    CHECK_FALSE(view.state->episodes.contains("candidate/c"));
    rig.take_record();
    rig.look(view);
    CHECK(rig.take_record().why == reason::cooldown_up);
    CHECK(rig.take_record().why == reason::cooldown_up);

    rig.now = t0 + 60s;
    rig.look(view);
    view = rig.accept(view);
    rig.look(view);
    rig.records.clear();
    rig.now = t0 + 90s + 60s; // the change that the live policy made counts for the candidate, too
    rig.look(view);
    REQUIRE_FALSE(rig.records.empty());
    CHECK(rig.records.front().would == 7);
}

TEST_CASE("a daemon in dry run writes nothing, whatever the policies say", "[engine]") {
    engine_rig rig(file_of({one_more()}), {.instance = "me", .dry_run = true});
    rig.hear({firing("X")});
    auto const made = rig.look(a_service(2));
    CHECK(made.why == reason::dry_run);
    CHECK(made.would == 3);
    CHECK(rig.updates.empty());
}

namespace {

// `return` after 100 s and `revert`, watched by a dead-man's switch of five minutes.
std::shared_ptr<policy_set> watched() {
    auto policy = reverting();
    policy.cooldown = {.up = 0s, .down = 0s};
    policy.give_back = {.after = 100s, .by = by(1)};
    auto file = file_of({policy});
    file->liveness = liveness_rule{.matchers = {must_match(R"(alertname="Watchdog")")}, .within = 5min};
    return file;
}

} // namespace

TEST_CASE("without a life sign of the monitoring nothing is given back", "[engine]") {
    engine_rig rig(watched());
    rig.tick();
    rig.look(a_service(4));
    rig.now = t0 + 100s;
    CHECK(rig.look(a_service(4)).why == reason::source_lost);
    rig.hear({firing("Watchdog", rig.now)});
    rig.now += 5min - 1ms;
    rig.look(a_service(4));
    CHECK(rig.take_update().replicas == 3);
    rig.finish(update_result::conflict);
    rig.now += 1ms;
    CHECK(rig.look(a_service(4)).why == reason::source_lost);
}

TEST_CASE("an alert that runs out makes older life signs worthless, to the millisecond", "[engine]") {
    engine_rig rig(watched());
    rig.now = t0;
    auto alert = firing("X");
    alert.ends_at = t0 + 240s;
    rig.hear({alert, firing("Watchdog")});
    auto view = a_service(2);
    rig.look(view);
    view = rig.accept(view);
    rig.now = t0 + 239s;
    rig.tick();
    rig.updates.clear();
    rig.inspects.clear();
    rig.observe(view);
    rig.updates.clear();
    rig.finish(update_result::conflict);
    rig.now = t0 + 240s;
    CHECK(rig.look(view).why == reason::source_lost);
    rig.hear({firing("Watchdog")});
    rig.now = t0 + 241s;
    rig.hear({firing("Watchdog")});
    INFO("the monitoring is back, but its rules have not had the time to fire again");
    CHECK(rig.look(view).why == reason::source_lost);
    for (rig.now = t0 + 300s; rig.now < t0 + 240s + 5min; rig.now += 60s)
        rig.hear({firing("Watchdog")});
    CHECK(rig.look(view).why == reason::source_lost);
    rig.now = t0 + 241s + 5min;
    rig.hear({firing("Watchdog")});
    rig.look(view);
    CHECK(rig.take_update().replicas == 2);
}

TEST_CASE("of two alerts of a rule the one that ended last says how the episode ended", "[engine]") {
    engine_rig rig(watched());
    auto lost = firing("X");
    lost.labels["instance"] = "lost";
    lost.ends_at = t0 + 60s;
    auto const alert = firing("X");
    rig.hear({lost, alert});
    auto view = a_service(2);
    rig.look(view);
    view = rig.accept(view);
    rig.inspects.clear();
    rig.now = t0 + 70s;
    rig.hear({resolved("X", rig.now)});
    rig.inspects.clear();
    rig.observe(view);
    CHECK(rig.take_update().replicas == 2);
}

TEST_CASE("time that goes back to the right time makes no cooldown longer than it is", "[engine]") {
    auto policy = one_more();
    policy.cooldown = {.up = 60s, .down = 300s};
    engine_rig rig(file_of({policy}));
    rig.hear({firing("X")});
    auto view = a_service(2);
    rig.look(view);
    view = rig.accept(view);
    rig.look(view);
    rig.now = t0 - 1h; // the clock was an hour ahead
    rig.tick();
    CHECK(rig.look(view).why == reason::cooldown_up);
    CHECK(rig.machine.services(rig.now).front().cooldown_up_until == rig.now + 60s);
    auto const again = rig.now;
    while (rig.updates.empty()) {
        rig.sleep();
        rig.look(view);
    }
    CHECK(rig.now == again + 60s);
}

TEST_CASE("what local storage has kept counts if the label is the one that it was kept with", "[engine]") {
    auto policy = one_more();
    policy.give_back = {.after = 10min, .by = by(1)};
    auto const file = file_of({policy});
    auto const scaled = scaled_before(file);
    history saved = first_history(scaled, t0);
    saved.boot = t0 - 1h;
    saved.last_up = saved.busy["web"] = t0 - 10min;
    saved.rules.clear();

    for (auto const sequence : {1U, 0U}) {
        CAPTURE(sequence);
        engine_rig rig(file);
        saved.sequence = sequence;
        saved.seen_version = sequence == 1 ? scaled.version : scaled.version - 1; // of before the write
        rig.machine.preload("id1", "", saved);
        rig.tick();
        rig.look(scaled);
        CHECK((rig.updates.size() == 1) == (sequence == 1));
    }
}

TEST_CASE("what local storage has kept is no idleness from before the last up", "[engine]") {
    auto policy = one_more();
    policy.give_back = {.after = 10min, .by = by(1)};
    auto const file = file_of({policy});
    engine_rig rig(file);
    history saved = fresh_history(a_service(3), t0 - 1h);
    saved.last_up = t0 - 4min; // by somebody else: it renews nobody's idleness
    saved.busy["web"] = t0 - 1h;
    rig.machine.preload("id1", "", saved);
    rig.tick();
    CHECK(rig.look(a_service(3)).why == reason::no_signal);
    rig.sleep_until(t0 + 6min - 1ms);
    CHECK(rig.look(a_service(3)).why == reason::no_signal);
    rig.now = t0 + 6min;
    rig.look(a_service(3));
    CHECK(rig.take_update().what.why == reason::give_back);
}

TEST_CASE(
    "an episode that local storage has kept waits for its source, and is the same one then", "[engine]"
) {
    auto policy = reverting();
    auto& rule = std::get<alert_rule>(policy.rules[0].kind);
    rule.repeat.what = repeat_rhythm::kind::once;
    auto const file = file_of({policy});
    engine_rig before(file, {.instance = "before"});
    before.hear({firing("X")});
    auto view = a_service(2);
    before.look(view);
    view = before.accept(view);
    CHECK(before.look(view).why == reason::already_acted);

    bool const resolves = GENERATE(true, false);
    engine_rig rig(file);
    before.machine.visit_memories([&](std::string_view id, std::string_view group, history const& memory) {
        rig.machine.preload(std::string(id), std::string(group), memory);
    });
    rig.now = t0 + 90s;
    rig.tick();
    CHECK(rig.look(view).why == reason::no_signal);
    rig.hear({resolves ? resolved("X", t0 + 30s) : firing("X")});
    auto const told = rig.look(view);
    if (resolves)
        CHECK(rig.take_update().replicas == 2);
    else
        CHECK(told.why == reason::already_acted);
}

TEST_CASE("what local storage has kept of another service does not count", "[engine]") {
    engine_rig rig(file_of({one_more()}));
    history saved;
    saved.last_up = t0;
    rig.machine.preload("id2", "", saved);
    rig.tick();
    rig.look(a_service(2));
    CHECK_FALSE(rig.machine.services(rig.now).front().cooldown_up_until);
}

TEST_CASE("two names of one service stay together over a reload, with their history", "[engine]") {
    auto low = one_more();
    low.name = "low";
    low.cooldown = {.up = 60s, .down = 300s};
    auto high = a_policy({on_alert("y", "Y", exactly(2))});
    high.name = "high";
    high.service = "hosp_web";
    high.dry_run = true;
    auto const file = [&](bool turned) {
        auto made = turned ? file_of({high, low}) : file_of({low, high});
        made->stack = "hosp";
        return made;
    };
    engine_rig rig(file(false));
    auto view = a_service(4);
    auto const answer_all = [&] {
        for (int i = 0; i < 10 && !rig.inspects.empty(); ++i)
            rig.observe(view, rig.take_inspect().service);
    };
    rig.tick();
    answer_all();
    rig.hear({firing("Y")});
    answer_all();
    REQUIRE(rig.machine.services(rig.now).front().service == "web");
    REQUIRE_FALSE(rig.records.empty());
    CHECK(rig.records.back().would == 2);
    rig.records.clear();
    rig.now += 1s;
    rig.reload(file(true));
    rig.tick();
    answer_all();
    REQUIRE(rig.machine.services(rig.now).size() == 1);
    CHECK(rig.machine.services(rig.now).front().policies == std::vector<std::string>{"low", "high"});
    CHECK(rig.machine.services(rig.now).front().service == "web");
}
