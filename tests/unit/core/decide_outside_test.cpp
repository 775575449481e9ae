// What others do to the service: deploys that lower the count, rollouts, tasks that do not come up, policies
// that come by a label.
#include "reason_rows.hpp"
#include "support/catch.hpp"

using namespace autoscaler::policy;
using namespace autoscaler::policy::testing;

namespace {

// A deploy has put 1 where 6 were.
void deployed(decision_case& c) {
    c.policy().on_external = external_mode::restore;
    c.memory.last_set = 6;
    c.service.replicas = 1;
    c.service.running = 1;
    c.service.deployed = true;
}

void stuck(decision_case& c, stuck_state how) {
    c.service.running = 2;
    c.service.stuck = how;
    c.memory.last_up = t0 - 2min;
    c.fire();
}

void from_label(service_policy& policy) {
    policy.from_label = label_source{.label = "svc", .allow = must_match("svc=~\"w.*\"")};
}

} // namespace

std::vector<reason_row> autoscaler::policy::testing::outside_rows() {
    return {
        {"a deploy has lowered the count", [](auto& c) { deployed(c); }, reason::restored_after_deploy, 6},
        {"no cooldown, limit or window holds that",
         [](auto& c) {
             deployed(c);
             c.policy().cooldown.up = 1h;
             c.policy().limit_up.disabled = true;
             c.policy().stabilize.up = 1h;
             c.memory.last_up = t0;
             c.memory.wishes = {{t0, 1}};
         },
         reason::restored_after_deploy,
         6},
        {"it is heard before every priority",
         [](auto& c) {
             deployed(c);
             c.policy().rules[0].priority = 1000;
             c.kind().scale = exactly(2);
             c.fire();
         },
         reason::restored_after_deploy,
         6},
        {"up to the maximum that is in force",
         [](auto& c) {
             deployed(c);
             c.policy().max = 4;
         },
         reason::restored_after_deploy,
         4},
        {"as it was, also below a minimum of today",
         [](auto& c) {
             deployed(c);
             c.policy().min = 8;
         },
         reason::restored_after_deploy,
         6},
        {"not into a rollout",
         [](auto& c) {
             deployed(c);
             c.service.update = update_state::updating;
         },
         reason::update_in_progress,
         1,
         6},
        {"not while ups are paused",
         [](auto& c) {
             deployed(c);
             c.service.pause = pause_mode::up;
         },
         reason::paused,
         1,
         6},
        {"a service that was switched off by it stays off",
         [](auto& c) {
             deployed(c);
             c.stand_at(0);
             c.memory.last_set = 6;
         },
         reason::disabled_at_zero,
         0},
        {"not without `restore`",
         [](auto& c) {
             deployed(c);
             c.policy().on_external = external_mode::adopt;
         },
         reason::no_signal,
         1},
        {"not what an operator has lowered",
         [](auto& c) {
             deployed(c);
             c.service.deployed = false;
         },
         reason::no_signal,
         1},
        {"not what a deploy has raised",
         [](auto& c) {
             deployed(c);
             c.memory.last_set = 1;
             c.service.replicas = c.service.running.emplace(5);
         },
         reason::no_signal,
         5},
        {"there is no room for tasks",
         [](auto& c) { stuck(c, stuck_state::unschedulable); },
         reason::unschedulable},
        {"tasks crash", [](auto& c) { stuck(c, stuck_state::crash_looping); }, reason::crash_looping},
        {"tasks crash that run just now",
         [](auto& c) {
             stuck(c, stuck_state::crash_looping);
             c.service.running = 3;
         },
         reason::crash_looping},
        {"tasks may still come up",
         [](auto& c) {
             stuck(c, stuck_state::unschedulable);
             c.memory.last_up = t0 - 2min + 1ms;
         },
         reason::not_converged},
        {"the policy goes on over tasks that are stuck",
         [](auto& c) {
             stuck(c, stuck_state::unschedulable);
             c.policy().on_stuck = stuck_mode::proceed;
         },
         reason::alert,
         4},
        {"an absolute count does not mind",
         [](auto& c) {
             stuck(c, stuck_state::unschedulable);
             c.kind().scale = exactly(8);
         },
         reason::alert,
         8},
        {"a service that an alert names has not agreed to that",
         [](auto& c) {
             from_label(c.policy());
             c.fire();
         },
         reason::not_opted_in},
        {"it has",
         [](auto& c) {
             from_label(c.policy());
             c.service.opted_in = true;
             c.fire();
         },
         reason::alert,
         4},
        {"of several policies only those count that it has agreed to",
         [](auto& c) {
             from_label(c.policy());
             c.fire();
             c.policies.push_back(one_more());
             c.policies.back().max = 2;
         },
         reason::bounds_max,
         2},
        {"into a rollout that goes on whatever fails, upwards",
         [](auto& c) {
             c.service.update = update_state::updating;
             c.policy().during_update = update_conduct::allow_up;
             c.fire();
         },
         reason::alert,
         4},
        {"not downwards",
         [](auto& c) {
             c.service.update = update_state::updating;
             c.policy().during_update = update_conduct::allow_up;
             c.kind().scale = by(-1);
             c.fire();
         },
         reason::update_in_progress,
         3,
         2},
        {"downwards, too, where that is allowed",
         [](auto& c) {
             c.service.update = update_state::updating;
             c.policy().during_update = update_conduct::allow;
             c.kind().scale = by(-1);
             c.fire();
         },
         reason::alert,
         2},
        {"not where a failure would roll back",
         [](auto& c) {
             c.service.update = update_state::updating;
             c.service.rollback_at_risk = true;
             c.policy().during_update = update_conduct::allow;
             c.fire();
         },
         reason::update_in_progress,
         3,
         4},
        {"never into a rollback",
         [](auto& c) {
             c.service.update = update_state::rollback_started;
             c.policy().during_update = update_conduct::allow;
             c.fire();
         },
         reason::update_in_progress,
         3,
         4},
        {"the strictest policy says what a rollout allows",
         [](auto& c) {
             c.service.update = update_state::updating;
             c.policy().during_update = update_conduct::allow;
             c.policies.push_back(one_more());
             c.fire();
         },
         reason::update_in_progress,
         3,
         4},
        {"one that only acts has no say in that",
         [](auto& c) {
             c.service.update = update_state::updating;
             c.policy().during_update = update_conduct::allow;
             c.policies.push_back(a_policy({act_on("r", action_rule::kind::restart, "R")}));
             c.fire();
         },
         reason::alert,
         4},
        {"nor in what zero means",
         [](auto& c) {
             c.stand_at(0);
             c.policy().zero = zero_mode::managed;
             c.policies.insert(c.policies.begin(), a_policy({act_on("r", action_rule::kind::restart, "R")}));
         },
         reason::bounds_min,
         1},
    };
}

TEST_CASE("every reason of what others do", "[decide][outside]") {
    for (auto const& each : outside_rows())
        check(each);
}

TEST_CASE("a restored count leaves the deploy behind, and the minimum comes after it", "[decide][outside]") {
    decision_case c;
    deployed(c);
    c.policy().min = 8;
    auto const made = c.decide(true);
    CHECK_FALSE(made.deploy_settled);
    CHECK(c.memory.last_set == 6);
    c.service.deployed = false; // as the engine says after the write
    CHECK(c.decide(true).result.why == reason::bounds_min);
    CHECK(c.service.replicas == 8);
}

TEST_CASE("a deploy is settled once its count has been taken as it is", "[decide][outside]") {
    struct {
        std::string_view when;
        std::function<void(decision_case&)> facts;
        bool settled;
    } const rows[] = {
        {"the count is to be put back", [](auto&) {}, false},
        {"it would be, but for a rollout", [](auto& c) { c.service.update = update_state::updating; }, false},
        {"the count was left alone", [](auto& c) { c.memory.last_set = 1; }, true},
        {"the count was adopted", [](auto& c) { c.policy().on_external = external_mode::adopt; }, true},
        {"the count was raised", [](auto& c) { c.service.replicas = 9; }, true},
        {"nobody has looked at it yet", [](auto& c) { c.policy().min = c.policy().max + 1; }, false},
        {"there was no deploy", [](auto& c) { c.service.deployed = false; }, false},
    };

    for (auto const& row : rows) {
        CAPTURE(row.when);
        decision_case c;
        deployed(c);
        row.facts(c);
        CHECK(c.decide().deploy_settled == row.settled);
    }
}

TEST_CASE("a held restore does not move the clocks nor what was set last", "[decide][outside]") {
    decision_case c;
    deployed(c);
    c.service.update = update_state::updating;
    c.decide();
    CHECK(c.memory.last_set == 6);
    CHECK_FALSE(c.memory.last_down);
    CHECK(c.memory.changes.empty());
    c.service.update = update_state::completed;
    auto const made = c.decide(true).result;
    CHECK(made.to == 6);
    CHECK(made.policy == "web");
    CHECK(made.rule.empty());
    CHECK(c.memory.last_up == t0);
    CHECK(c.memory.changes == std::vector<replica_change>{{t0, -5}, {t0, 5}}); // they add up to the count
}

TEST_CASE("each later stage comes after the one before", "[decide][outside]") {
    // Everything holds at once; what comes first is set right, one after the other.
    decision_case c;
    c.policy().cooldown.up = 60s;
    c.policy().stabilize.up = 60s;
    c.policy().limit_up.entries = {{.amount = 1, .percent = false, .period = 60s}};
    c.policy().max = 4;
    c.kind().scale = by(5);
    c.kind().for_ = 30s;
    c.memory.last_up = t0 - 10s;
    c.memory.changes = {{t0 - 10s, 1}};
    c.memory.wishes = {{t0 - 1s, 3}};
    c.service.running = 2;
    c.service.stuck = stuck_state::unschedulable;
    c.service.update = update_state::updating;
    c.service.pause = pause_mode::up;
    c.dry_run = true;
    c.fire();
    auto const why = [&] {
        auto const before = c.memory.wishes;
        auto const word = to_string(c.decide().result.why);
        c.memory.wishes = before;
        return word;
    };

    CHECK(why() == "for_pending");
    c.kind().for_ = {};
    CHECK(why() == "cooldown_up");
    c.policy().cooldown.up = {};
    CHECK(why() == "not_converged");
    c.policy().converge_timeout = {};
    CHECK(why() == "unschedulable");
    c.service.stuck = stuck_state::none;
    CHECK(why() == "stabilized_up");
    c.memory.wishes.clear();
    CHECK(why() == "rate_limited_up");
    c.memory.changes.clear();
    CHECK(why() == "update_in_progress");
    c.service.update = update_state::completed;
    CHECK(why() == "paused");
    c.service.pause = pause_mode::none;
    CHECK(why() == "dry_run");
    c.dry_run = false;
    CHECK(why() == "at_max");
    c.policy().max = 10;
    CHECK(why() == "rate_limited_up");
    c.policy().limit_up.entries.clear();
    CHECK(why() == "alert");
}

TEST_CASE("an end that a limit stops stays owed, one that a bound stops does not", "[decide][outside]") {
    auto const owed = [](auto change) {
        decision_case c;
        c.kind().on_resolved = {.what = resolved_action::kind::scale, .scale = by(-1)};
        c.opened(t0 - 90s, 2, t0 - 90s);
        c.end();
        change(c);
        CHECK(c.decide().result.action == decided_action::hold);
        return c.memory.rules.at("web/x").resolved.has_value();
    };
    CHECK(owed([](auto& c) { c.policy().limit_down.disabled = true; }));
    CHECK(owed([](auto& c) {
        c.policy().limit_down.entries = {{.amount = 1, .percent = false, .period = 60s}};
        c.memory.changes = {{t0 - 1s, -1}};
    }));
    CHECK(owed([](auto& c) {
        c.policy().stabilize.down = 60s;
        c.memory.wishes = {{t0 - 1s, 3}};
    }));
    CHECK(owed([](auto& c) { c.service.pause = pause_mode::down; }));
    CHECK(owed([](auto& c) { c.service.update = update_state::paused; }));
    CHECK_FALSE(owed([](auto& c) { c.policy().min = 3; }));
}
