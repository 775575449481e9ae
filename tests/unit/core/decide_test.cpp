// One row for each reason code that the core has: the facts that lead to it, and what comes of them.
#include "reason_rows.hpp"
#include "support/catch.hpp"

using namespace autoscaler::policy;
using namespace autoscaler::policy::testing;

namespace {

constexpr scale_expression veto{.what = scale_expression::kind::hold, .amount = 0};

} // namespace

std::vector<reason_row> autoscaler::policy::testing::acting_rows() {
    return {
        {"an alert fires", [](auto& c) { c.fire(); }, reason::alert, 4},
        {"an alert asks for less",
         [](auto& c) {
             c.kind().scale = by(-1);
             c.fire();
         },
         reason::alert,
         2},
        {"an alert asks for the maximum",
         [](auto& c) {
             c.kind().scale = {.what = scale_expression::kind::max, .amount = 0};
             c.fire();
         },
         reason::alert,
         10},
        {"a step reaches the maximum exactly",
         [](auto& c) {
             c.stand_at(9);
             c.fire();
         },
         reason::alert,
         10},
        {"a step is cut short by the maximum",
         [](auto& c) {
             c.kind().scale = by(20);
             c.fire();
         },
         reason::at_max,
         10},
        {"a cut is cut short by the minimum",
         [](auto& c) {
             c.kind().scale = by(-20);
             c.fire();
         },
         reason::at_min,
         1},
        {"nothing was active for long",
         [](auto& c) {
             c.policy().give_back = {.after = 10min, .by = by(1)};
             c.memory.busy["web"] = t0 - 10min;
         },
         reason::give_back,
         2},
        {"nothing was active for long, and a share is given back",
         [](auto& c) {
             c.stand_at(9);
             c.policy().give_back = {.after = 10min, .by = percent(50)};
             c.memory.busy["web"] = t0 - 10min;
         },
         reason::give_back,
         5},
        {"a return stops at the minimum without being called cut short",
         [](auto& c) {
             c.policy().give_back = {.after = 10min, .by = by(20)};
             c.memory.busy["web"] = t0 - 10min;
         },
         reason::give_back,
         1},
        {"an episode that acted is over, and the count from before it is asked for",
         [](auto& c) {
             c.stand_at(5);
             c.kind().on_resolved.what = resolved_action::kind::revert;
             c.opened(t0 - 90s, 2, t0 - 90s);
             c.end();
         },
         reason::resolved,
         2},
        {"more replicas than the bounds allow", [](auto& c) { c.stand_at(12); }, reason::bounds_max, 10},
        {"fewer replicas than the bounds allow", [](auto& c) { c.policy().min = 5; }, reason::bounds_min, 5},
        {"none where none is not meant as switched off",
         [](auto& c) {
             c.stand_at(0);
             c.policy().zero = zero_mode::managed;
         },
         reason::bounds_min,
         1},
        {"from zero where zero is an ordinary count",
         [](auto& c) {
             c.stand_at(0);
             c.policy().min = 0;
             c.fire();
         },
         reason::alert,
         1},
    };
}

std::vector<reason_row> autoscaler::policy::testing::holding_rows() {
    return {
        {"nothing speaks", [](auto&) {}, reason::no_signal},
        {"no policy is left", [](auto& c) { c.policies.clear(); }, reason::no_policy},
        {"the service is global",
         [](auto& c) { c.service.mode = service_mode::global; },
         reason::not_replicated},
        {"the service is a job",
         [](auto& c) { c.service.mode = service_mode::replicated_job; },
         reason::not_replicated},
        {"the alert is too young",
         [](auto& c) {
             c.kind().for_ = 30s;
             c.fire(0, t0 - 30s + 1ms);
         },
         reason::for_pending},
        {"the rule may act once and has",
         [](auto& c) {
             c.kind().repeat.what = repeat_rhythm::kind::once;
             c.opened(t0 - 1h, 2, t0 - 1h);
             c.fire();
         },
         reason::already_acted},
        {"the rule's own rhythm is slower",
         [](auto& c) {
             c.kind().repeat = {.what = repeat_rhythm::kind::interval, .interval = 5min};
             c.opened(t0 - 1h, 2, t0 - 5min + 1ms);
             c.fire();
         },
         reason::already_acted},
        {"a veto alone",
         [](auto& c) {
             c.kind().scale = veto;
             c.fire();
         },
         reason::veto},
        {"its alerts are silenced", [](auto& c) { c.silence(); }, reason::silenced},
        {"the last up is too young",
         [](auto& c) {
             c.policy().cooldown.up = 60s;
             c.memory.last_up = t0 - 60s + 1ms;
             c.fire();
         },
         reason::cooldown_up},
        {"the last down is too young for a down",
         [](auto& c) {
             c.policy().cooldown.down = 300s;
             c.memory.last_down = t0 - 300s + 1ms;
             c.kind().scale = by(-1);
             c.fire();
         },
         reason::cooldown_down},
        {"the last up is too young for a down",
         [](auto& c) {
             c.policy().cooldown.down = 300s;
             c.memory.last_up = t0 - 300s + 1ms;
             c.kind().scale = by(-1);
             c.fire();
         },
         reason::cooldown_down},
        {"the daemon is too young for a down",
         [](auto& c) {
             c.policy().cooldown.down = 300s;
             c.memory.boot = t0 - 300s + 1ms;
             c.kind().scale = by(-1);
             c.fire();
         },
         reason::cooldown_down},
        {"tasks of the last up still start",
         [](auto& c) {
             c.service.running = 2;
             c.memory.last_up = t0 - 2min + 1ms;
             c.fire();
         },
         reason::not_converged},
        {"tasks were not counted",
         [](auto& c) {
             c.service.running.reset();
             c.memory.last_up = t0 - 30s;
             c.fire();
         },
         reason::not_converged},
        {"a return while nobody could tell of load",
         [](auto& c) {
             c.policy().give_back = {.after = 10min, .by = by(1)};
             c.memory.busy["web"] = t0 - 10min;
             c.live = false;
         },
         reason::source_lost},
        {"an end by expiry alone while nobody could tell",
         [](auto& c) {
             c.kind().on_resolved.what = resolved_action::kind::revert;
             c.opened(t0 - 90s, 1, t0 - 90s);
             c.end(0, rule_signal::end::expired);
             c.live = false;
         },
         reason::source_lost},
        {"at the maximum",
         [](auto& c) {
             c.stand_at(10);
             c.fire();
         },
         reason::at_max,
         10},
        {"at the minimum",
         [](auto& c) {
             c.stand_at(1);
             c.kind().scale = by(-1);
             c.fire();
         },
         reason::at_min,
         1},
        {"bounds that do not meet",
         [](auto& c) {
             c.policies.push_back(one_more());
             c.policies.back().min = 20;
             c.policies.back().max = 30;
         },
         reason::bounds_conflict},
        {"a rollout runs",
         [](auto& c) {
             c.service.update = update_state::updating;
             c.fire();
         },
         reason::update_in_progress,
         3,
         4},
        {"paused in that direction",
         [](auto& c) {
             c.service.pause = pause_mode::up;
             c.fire();
         },
         reason::paused,
         3,
         4},
        {"dry run",
         [](auto& c) {
             c.dry_run = true;
             c.fire();
         },
         reason::dry_run,
         3,
         4},
        {"switched off by hand", [](auto& c) { c.stand_at(0); }, reason::disabled_at_zero, 0},
        {"an alert asks for what is there",
         [](auto& c) {
             c.kind().scale = exactly(3);
             c.fire();
         },
         reason::alert},
    };
}

TEST_CASE("every reason that acts", "[decide]") {
    for (auto const& each : acting_rows())
        check(each);
}

TEST_CASE("every reason that holds", "[decide]") {
    for (auto const& each : holding_rows())
        check(each);
}

TEST_CASE("clocks open at the millisecond", "[decide]") {
    reason_row const rows[] = {
        {"for",
         [](auto& c) {
             c.kind().for_ = 30s;
             c.fire(0, t0 - 30s);
         },
         reason::alert,
         4},
        {"repeat",
         [](auto& c) {
             c.kind().repeat = {.what = repeat_rhythm::kind::interval, .interval = 5min};
             c.opened(t0 - 1h, 2, t0 - 5min);
             c.fire();
         },
         reason::alert,
         4},
        {"cooldown.up",
         [](auto& c) {
             c.policy().cooldown.up = 60s;
             c.memory.last_up = t0 - 60s;
             c.fire();
         },
         reason::alert,
         4},
        {"cooldown.down",
         [](auto& c) {
             c.policy().cooldown.down = 300s;
             c.memory.last_down = c.memory.last_up = c.memory.boot = t0 - 300s;
             c.kind().scale = by(-1);
             c.fire();
         },
         reason::alert,
         2},
        {"converge_timeout",
         [](auto& c) {
             c.service.running = 2;
             c.memory.last_up = t0 - 2min;
             c.fire();
         },
         reason::alert,
         4},
    };
    for (auto const& each : rows)
        check(each);
}

TEST_CASE("what a clock does not touch", "[decide]") {
    reason_row const rows[] = {
        {"a down does not delay an up",
         [](auto& c) {
             c.policy().cooldown = {.up = 60s, .down = 300s};
             c.memory.last_down = t0 - 1ms;
             c.fire();
         },
         reason::alert,
         4},
        {"the start of the daemon does not delay an up",
         [](auto& c) {
             c.policy().cooldown = {.up = 60s, .down = 300s};
             c.memory.boot = t0;
             c.fire();
         },
         reason::alert,
         4},
        {"an absolute step does not wait for tasks",
         [](auto& c) {
             c.kind().scale = exactly(6);
             c.service.running = 2;
             c.memory.last_up = t0 - 1s;
             c.fire();
         },
         reason::alert,
         6},
        {"nor does an end that asks for more",
         [](auto& c) {
             c.kind().on_resolved = {.what = resolved_action::kind::scale, .scale = by(1)};
             c.opened(t0 - 90s, 2, t0 - 90s);
             c.end();
             c.service.running = 2;
             c.memory.last_up = t0 - 1s;
         },
         reason::resolved,
         4},
        {"a step down does not wait for tasks",
         [](auto& c) {
             c.kind().scale = by(-1);
             c.service.running = 1;
             c.memory.last_up = t0 - 1s;
             c.fire();
         },
         reason::alert,
         2},
        {"a bounds correction knows no cooldown",
         [](auto& c) {
             c.policy().cooldown = {.up = 1h, .down = 1h};
             c.memory.last_up = c.memory.last_down = t0;
             c.stand_at(12);
         },
         reason::bounds_max,
         10},
        {"an alert whose start lies ahead, by a clock that differs, is not waited for",
         [](auto& c) { c.fire(0, t0 + 250ms); },
         reason::alert,
         4},
        {"tasks that do not run without an up of late",
         [](auto& c) {
             c.service.running = 0;
             c.fire();
         },
         reason::alert,
         4},
    };
    for (auto const& each : rows)
        check(each);
}

TEST_CASE("a cooldown stamped by a clock that was ahead is not longer than a cooldown", "[decide]") {
    decision_case c;
    c.policy().cooldown.up = 60s;
    c.memory.last_up = t0 + 10s; // negative elapsed counts as none
    c.fire();
    CHECK(c.decide().result.why == reason::cooldown_up);
}

TEST_CASE("every rollout state is left in peace, every other one is not", "[decide]") {
    struct {
        update_state state;
        bool held;
    } const rows[] = {
        {update_state::none, false},
        {update_state::updating, true},
        {update_state::paused, true},
        {update_state::completed, false},
        {update_state::rollback_started, true},
        {update_state::rollback_paused, true},
        {update_state::rollback_completed, false},
    };

    for (auto const& [state, held] : rows) {
        CAPTURE(to_string(state));
        decision_case c;
        c.service.update = state;
        c.fire();
        CHECK((c.decide().result.why == reason::update_in_progress) == held);
    }
}

TEST_CASE("a pause withholds its direction only", "[decide]") {
    struct {
        std::int64_t step;
        pause_mode pause;
        bool held;
    } const rows[] = {
        {1, pause_mode::none, false},
        {1, pause_mode::up, true},
        {-1, pause_mode::up, false},
        {1, pause_mode::down, false},
        {-1, pause_mode::down, true},
        {1, pause_mode::both, true},
        {-1, pause_mode::both, true},
    };

    for (auto const& [step, pause, held] : rows) {
        CAPTURE(to_string(pause), step);
        decision_case c;
        c.service.pause = pause;
        c.kind().scale = by(step);
        c.fire();
        CHECK((c.decide().result.why == reason::paused) == held);
    }
}

TEST_CASE("the winner is named with its rule and its alerts", "[decide]") {
    decision_case c;
    c.fire();
    auto const made = c.decide().result;
    CHECK(made.service == "web");
    CHECK(made.policy == "web");
    CHECK(made.rule == "x");
    CHECK(made.alerts == std::vector<std::uint64_t>{100});
    REQUIRE(made.trace.size() == 2);
    CHECK(made.trace[0].stage == "rule");
    CHECK(made.trace[0].out == 4);
    CHECK(made.trace[1].stage == "write");
    CHECK(made.trace[1].out == 4);
}
