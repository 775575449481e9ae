// What a rule says whose alerts fire and are silenced: nothing that moves or blocks, and nothing has ended.
#include "decide_support.hpp"
#include "policy/core/act.hpp"
#include "support/catch.hpp"

using namespace autoscaler::policy;
using namespace autoscaler::policy::testing;

namespace {

constexpr scale_expression no_less{.what = scale_expression::kind::hold, .amount = 0};

// Two rules: `x` that is silenced, and `y` that fires.
decision_case beside(scale_expression x, scale_expression y, int priority = 0) {
    decision_case c;
    c.policies = {a_policy({on_alert("x", "X", x), on_alert("y", "Y", y)})};
    c.policy().rules[0].priority = priority;
    c.silence(0);
    c.fire(1);
    return c;
}

} // namespace

TEST_CASE("a silenced rule says why nothing is done, and of which alerts", "[decide][silence]") {
    decision_case c;
    c.silence();
    auto const made = c.decide();
    CHECK(made.result.why == reason::silenced);
    CHECK(made.result.action == decided_action::hold);
    CHECK(made.result.policy == "web");
    CHECK(made.result.rule == "x");
    CHECK(made.result.alerts == std::vector<std::uint64_t>{100});
    REQUIRE(made.result.trace.size() == 1);
    CHECK(made.result.trace[0].stage == "rule");
    CHECK(made.result.trace[0].why == "silenced");
    CHECK_FALSE(made.next.rules.at("web/x").open); // no episode begins
    CHECK(made.recheck == c.now + 24h);            // when the alerts run out
}

TEST_CASE("a silenced rule stands in nobody's way, whatever its priority", "[decide][silence]") {
    auto const priority = GENERATE(-1, 0, 1);
    CHECK(beside(by(1), by(-1), priority).decide().result.to == 2);
    CHECK(beside(no_less, by(-1), priority).decide().result.to == 2); // a veto that is silenced is none
    CHECK(beside(by(-1), by(2), priority).decide().result.to == 5);
    CHECK(beside(by(1), no_less, priority).decide().result.why == reason::veto);
}

TEST_CASE("bounds are kept though the rules are silenced", "[decide][silence]") {
    decision_case c;
    c.silence();
    c.stand_at(12);
    CHECK(c.decide().result.why == reason::bounds_max);
}

TEST_CASE("an open episode stays open while it is silenced, and nothing is reverted", "[decide][silence]") {
    decision_case c;
    c.kind().on_resolved.what = resolved_action::kind::revert;
    c.opened(t0 - 10min, 1, t0 - 10min);
    c.silence();
    auto made = c.decide();
    CHECK(made.result.why == reason::silenced);
    CHECK(made.next.rules.at("web/x").open == episode{t0 - 10min, 1, t0 - 10min, false});
    CHECK_FALSE(made.next.rules.at("web/x").resolved);
    SECTION("the alert ends while it is silenced: that counts as always") {
        c.end();
        made = c.decide();
        CHECK(made.result.why == reason::resolved);
        CHECK(made.result.to == 1);
    }
    SECTION("the silence ends: a rule that acts once has acted") {
        c.kind().repeat.what = repeat_rhythm::kind::once;
        c.fire();
        CHECK(c.decide().result.why == reason::already_acted);
    }
}

TEST_CASE("what an end has left to do waits while new alerts are silenced", "[decide][silence]") {
    decision_case c;
    c.kind().on_resolved.what = resolved_action::kind::revert;
    c.policy().cooldown.down = 5min;
    c.memory.last_up = t0 - 1min;
    c.opened(t0 - 10min, 1, t0 - 10min);
    c.end();
    CHECK(c.decide().result.why == reason::cooldown_down);
    c.now += 10min;
    c.silence();
    CHECK(c.decide().result.why == reason::silenced);
    CHECK(c.memory.rules.at("web/x").resolved);
    c.end();
    CHECK(c.decide().result.why == reason::resolved);
}

TEST_CASE("`for` counts from the start of the alert, not from the end of the silence", "[decide][silence]") {
    decision_case c;
    c.kind().for_ = 10min;
    c.silence();
    c.decide();
    c.now += 10min;
    c.fire(0, t0);
    CHECK(c.decide().result.action == decided_action::up);
}

TEST_CASE("`return` waits while a rule is silenced, and from then on", "[decide][silence]") {
    decision_case c;
    c.policy().give_back = return_rule{.after = 10min, .by = by(1)};
    c.decide();
    c.silence();
    c.now += 20min;
    CHECK(c.decide().result.why == reason::silenced);
    c.end();
    c.now += 10min - 1ms;
    CHECK(c.decide().result.why == reason::no_signal);
    c.now += 1ms;
    CHECK(c.decide().result.why == reason::give_back);
}

TEST_CASE("a silence starts no `return`, not that of another policy either", "[decide][silence]") {
    decision_case c;
    auto other = a_policy({on_alert("y", "Y", by(1))});
    other.name = "other";
    other.give_back = return_rule{.after = 10min, .by = by(1)};
    c.policies.push_back(other);
    c.fire(0);
    c.kind().repeat.what = repeat_rhythm::kind::once;
    c.opened(t0 - 1h, 1, t0 - 1h);
    c.decide();
    c.now += 1h;
    CHECK(c.decide().result.why == reason::already_acted);
    c.silence(0);
    CHECK(c.decide().result.why == reason::silenced);
    c.end(0);
    CHECK(c.decide().result.why == reason::give_back);
}

TEST_CASE("a lost source is no matter while the alerts fire and are silenced", "[decide][silence]") {
    decision_case c;
    c.live = false;
    c.kind().on_resolved.what = resolved_action::kind::revert;
    c.opened(t0 - 10min, 1, t0 - 10min);
    c.silence();
    CHECK(c.decide().result.why == reason::silenced);
}

TEST_CASE("a loaded episode has heard of its source also by an alert that is silenced", "[decide][silence]") {
    decision_case c;
    c.kind().on_resolved.what = resolved_action::kind::revert;
    c.opened(t0 - 10min, 1, t0 - 10min);
    c.memory.rules["web/x"].unheard_since = t0;
    c.silence();
    SECTION("live") {
        c.decide();
        CHECK_FALSE(c.memory.rules["web/x"].unheard_since);
    }
    SECTION("not by what local storage has kept") {
        c.signal(0, 0).only_kept = true;
        c.decide();
        CHECK(c.memory.rules["web/x"].unheard_since);
    }
}

TEST_CASE("a rule on queries beside a silenced one is heard", "[decide][silence]") {
    decision_case c;
    c.policies = {a_policy({on_alert("x", "X", by(1)), on_steps("q", {below(10, by(-1))})})};
    c.silence(0);
    c.signal(0, 1).value = value(50);
    CHECK(c.decide().result.why == reason::in_band);
    c.signal(0, 1).value = value(5);
    CHECK(c.decide().result.to == 2);
}

TEST_CASE("an action whose alerts are silenced is not done, and says so", "[decide][silence]") {
    decision_case c;
    c.policies = {a_policy({act_on("x", action_rule::kind::restart, "X")})};
    c.silence();
    auto made = c.decide();
    REQUIRE(made.acts.size() == 1);
    CHECK(made.acts[0].action == decided_action::hold);
    CHECK(made.acts[0].why == reason::silenced);
    CHECK(made.acts[0].alerts == std::vector<std::uint64_t>{100});
    CHECK_FALSE(made.next.rules.at("web/x").open);

    c.fire();
    made = c.decide();
    CHECK(made.acts.at(0).action == decided_action::restart);
    commit_act(c.memory, made.acts[0]);
    c.silence();
    CHECK(c.decide().acts.at(0).why == reason::silenced);
    c.fire(); // the same episode goes on
    c.now += 24h;
    CHECK(c.decide().acts.at(0).why == reason::already_acted);
}
