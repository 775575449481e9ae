// Which stage of the decision comes before which, and how several rules and policies become one wish.
#include "decide_support.hpp"
#include "support/catch.hpp"

using namespace autoscaler::policy;
using namespace autoscaler::policy::testing;

TEST_CASE("each stage comes before the next", "[decide]") {
    // Everything is wrong at once; what comes first in the order is set right, one after the other.
    decision_case c;
    c.policies.push_back(one_more());
    c.policies.back().min = 20;
    c.policies.back().max = 30;
    c.policy().min = 2;
    c.policy().cooldown.up = 60s;
    c.service.mode = service_mode::global;
    c.service.replicas = 0;
    c.service.running = 0;
    c.service.update = update_state::updating;
    c.service.pause = pause_mode::both;
    c.dry_run = true;
    c.fire();
    auto const why = [&] { return to_string(c.decide().result.why); };

    CHECK(why() == to_string(reason::not_replicated));
    c.service.mode = service_mode::replicated;
    CHECK(why() == to_string(reason::bounds_conflict));
    c.policies.pop_back();
    c.signals.resize(1);
    CHECK(why() == to_string(reason::disabled_at_zero));
    c.policy().zero = zero_mode::managed;
    CHECK(c.decide().result.would == 2); // the bounds, not the alert's 1
    CHECK(why() == to_string(reason::update_in_progress));
    c.service.update = update_state::completed;
    CHECK(why() == to_string(reason::paused));
    c.service.pause = pause_mode::none;
    CHECK(why() == to_string(reason::dry_run));
    c.dry_run = false;
    CHECK(why() == to_string(reason::bounds_min));
}

TEST_CASE("an order among holds of one wish: cooldown before convergence before bounds", "[decide]") {
    decision_case c;
    c.stand_at(10);
    c.service.running = 9;
    c.policy().cooldown.up = 60s;
    c.memory.last_up = t0 - 10s;
    c.fire();
    CHECK(c.decide().result.why == reason::cooldown_up);
    c.now = t0 + 50s;
    CHECK(c.decide().result.why == reason::not_converged);
    c.service.running = 10;
    CHECK(c.decide().result.why == reason::at_max);
}

TEST_CASE("out of bounds and in a rollout the rules still follow their alerts", "[decide]") {
    decision_case c;
    c.stand_at(12);
    c.fire();
    c.decide();
    CHECK(c.memory.rules.at("web/x").open);
    CHECK(c.memory.rules.at("web/x").open->start_count == 12);

    decision_case rolling;
    rolling.service.update = update_state::paused;
    rolling.fire();
    rolling.decide();
    CHECK(rolling.memory.rules.at("web/x").open);
    CHECK_FALSE(rolling.memory.rules.at("web/x").open->acted);
}

TEST_CASE("a change by somebody else is adopted, and the clocks count from it", "[decide]") {
    decision_case c;
    c.policy().cooldown = {.up = 60s, .down = 300s};
    c.service.replicas = c.service.running.emplace(5);
    c.fire();
    CHECK(c.decide().result.why == reason::cooldown_up);
    CHECK(c.memory.last_set == 5);
    CHECK(c.memory.last_up == t0);
    CHECK_FALSE(c.memory.last_down);
    CHECK(c.memory.changes == std::vector<replica_change>{{t0, 2}});

    c.service.replicas = 4;
    c.now += 60s;
    CHECK(c.decide().result.why == reason::alert); // a down delays no up
    CHECK(c.memory.last_down == t0 + 60s);
}

TEST_CASE("a service switched off by hand is noted as a change too", "[decide]") {
    decision_case c;
    c.service.replicas = 0;
    CHECK(c.decide().result.why == reason::disabled_at_zero);
    CHECK(c.memory.last_set == 0);
    CHECK(c.memory.last_down == t0);
}

namespace {

struct three_rules : decision_case {
    three_rules() {
        policies = {a_policy(
            {on_alert("more", "M", by(1)),
             on_alert("less", "L", by(-1)),
             on_alert("keep", "K", {.what = scale_expression::kind::hold, .amount = 0})}
        )};
    }

    std::string_view why() { return to_string(decide().result.why); }
};

} // namespace

TEST_CASE("up beats hold beats down", "[decide]") {
    three_rules c;
    c.fire(1);
    CHECK(c.decide().result.to == 2);
    c.fire(2);
    CHECK(c.why() == "veto");
    c.fire(0);
    CHECK(c.decide().result.to == 4);
}

TEST_CASE("a held up keeps a down from happening", "[decide]") {
    three_rules c;
    c.policy().cooldown.up = 60s;
    c.memory.last_up = t0 - 1s;
    c.fire(0);
    c.fire(1);
    CHECK(c.why() == "cooldown_up");
}

TEST_CASE("of several ups the largest, of several downs the smallest cut, of equals the first", "[decide]") {
    decision_case c;
    c.policies = {a_policy({on_alert("a", "A", by(1)), on_alert("b", "B", by(3)), on_alert("c", "C", by(3))})
    };
    c.fire(0);
    c.fire(1);
    c.fire(2);
    CHECK(c.decide().result.rule == "b");
    c.policies = {
        a_policy({on_alert("a", "A", by(-2)), on_alert("b", "B", by(-1)), on_alert("c", "C", by(-1))})
    };
    auto const made = c.decide().result;
    CHECK(made.rule == "b");
    CHECK(made.to == 2);
}

TEST_CASE("only the highest priority that speaks is heard, also while it is held", "[decide]") {
    decision_case c;
    c.policies.push_back(a_policy({on_alert("two", "T", exactly(2))}));
    c.policies.back().name = "maintenance";
    c.policies.back().rules[0].priority = 10;
    c.fire();
    CHECK(c.decide().result.to == 4);

    auto& high = c.signal(1, 0);
    high.active = true;
    high.since = t0;
    auto const made = c.decide().result;
    CHECK(made.to == 2);
    CHECK(made.policy == "maintenance");

    c.policies.back().cooldown.down = 300s;
    c.memory.last_down = t0;
    CHECK(c.decide().result.why == reason::cooldown_down); // and the +1 stays unheard
}

TEST_CASE("bounds of several policies are the strictest of each", "[decide]") {
    decision_case c;
    c.policies.push_back(one_more());
    c.policies[0].min = 4;
    c.policies[1].max = 6;
    CHECK(c.decide().result.to == 4);
    c.stand_at(8);
    CHECK(c.decide().result.to == 6);
}

TEST_CASE("each wish is gated by its own policy's cooldown", "[decide]") {
    decision_case c;
    c.policies.push_back(one_more());
    c.policies.back().name = "slow";
    std::get<alert_rule>(c.policies.back().rules[0].kind).scale = by(3);
    c.policies.back().cooldown.up = 1h;
    c.memory.last_up = t0 - 10s;
    c.fire();
    c.signal(1, 0) = c.signal(0, 0);
    auto const made = c.decide().result;
    CHECK(made.to == 4);
    CHECK(made.policy == "web");
}

TEST_CASE("a rule that speaks up or holds keeps return away, one that asks for less does not", "[decide]") {
    three_rules c;
    c.policy().give_back = {.after = 10min, .by = by(1)};
    c.memory.busy["web"] = t0 - 20min;
    c.fire(1);
    CHECK(c.why() == "alert"); // the rule's own down comes first in the file
    c.end(1);
    CHECK(c.why() == "return");
    c.fire(2);
    CHECK(c.why() == "veto");
    c.end(2);
    CHECK(c.why() == "no_signal");
    c.now += 10min;
    CHECK(c.why() == "return");
}

TEST_CASE("return has the lowest priority of its policy", "[decide]") {
    three_rules c;
    c.policy().rules[1].priority = 5;
    c.policy().give_back = {.after = 10min, .by = by(2)};
    c.memory.busy["web"] = t0 - 20min;
    c.fire(1);
    CHECK(c.decide().result.to == 2); // not 1
    CHECK(c.decide().result.why == reason::alert);
}

TEST_CASE("a policy without history counts as busy from its first decision", "[decide]") {
    decision_case c;
    c.policy().give_back = {.after = 10min, .by = by(1)};
    auto const first = c.decide();
    CHECK(first.result.why == reason::no_signal);
    CHECK(first.recheck == t0 + 10min);
    c.now = t0 + 10min;
    CHECK(c.decide().result.why == reason::give_back);
}

TEST_CASE("decide asks to be asked again when a clock opens", "[decide]") {
    decision_case c;
    CHECK_FALSE(c.decide().recheck);
    c.policy().cooldown.up = 60s;
    c.memory.last_up = t0 - 10s;
    c.fire();
    CHECK(c.decide().recheck == t0 + 50s);
    c.signal(0, 0).ends = t0 + 20s;
    CHECK(c.decide().recheck == t0 + 20s); // the alert may run out before that
    c.kind().for_ = 15s;
    CHECK(c.decide().recheck == t0 + 15s);
    c.kind().for_ = {};
    c.kind().repeat = {.what = repeat_rhythm::kind::interval, .interval = 12s};
    c.opened(t0 - 1h, 2, t0);
    CHECK(c.decide().recheck == t0 + 12s);
}

TEST_CASE("decide asks to be asked again when a schedule may change", "[decide]") {
    decision_case c;
    c.policy().schedules.push_back(
        {.name = "w",
         .start = std::get<cron_expression>(cron_expression::parse("0 * * * *")),
         .end = duration(90s),
         .zone = *time_zone::find("UTC"),
         .min = 2,
         .max = {}}
    );
    CHECK(c.decide().recheck == t0 + 60s);
    c.now = t0 + 70s;
    CHECK(c.decide().recheck == t0 + 90s); // the window is over within the minute
    c.now = t0 + 90s;
    CHECK(c.decide().recheck == t0 + 120s);
}
