// Rules that act and ask for no count: restart and webhook, by an alert or by a node that joins.
#include "policy/core/act.hpp"
#include "reason_rows.hpp"
#include "support/catch.hpp"

using namespace autoscaler::policy;
using namespace autoscaler::policy::testing;

namespace {

action_rule& kind(decision_case& c) {
    return std::get<action_rule>(c.policy().rules[0].kind);
}

rule_memory& memory(decision_case& c) {
    return c.memory.rules["web/x"];
}

void a_node_joins(decision_case& c, time_point when = t0) {
    kind(c).matchers.clear();
    memory(c).joined = when;
}

struct restarting : decision_case {
    explicit restarting(std::string_view alert = "X", action_rule::kind what = action_rule::kind::restart) {
        policies = {a_policy({act_on("x", what, alert)})};
    }

    // Decides, and takes the act as written if there is one; tells what came of it.
    std::string act() {
        auto const made = decide();
        if (made.acts.empty())
            return "nothing";
        auto const& what = made.acts.front();
        if (what.action == decided_action::hold)
            return std::string(to_string(what.why));
        commit_act(memory, what);
        return std::string(to_string(what.action));
    }
};

} // namespace

std::vector<act_row> autoscaler::policy::testing::act_rows() {
    return {
        {"an alert fires", [](auto& c) { c.fire(); }, reason::alert, decided_action::restart},
        {"a webhook",
         [](auto& c) {
             kind(c).what = action_rule::kind::webhook;
             c.fire();
         },
         reason::alert,
         decided_action::webhook},
        {"a node joins", [](auto& c) { a_node_joins(c); }, reason::node_joined, decided_action::restart},
        {"the alert is too young",
         [](auto& c) {
             kind(c).for_ = 30s;
             c.fire(0, t0 - 30s + 1ms);
         },
         reason::for_pending},
        {"the alert is old enough",
         [](auto& c) {
             kind(c).for_ = 30s;
             c.fire(0, t0 - 30s);
         },
         reason::alert,
         decided_action::restart},
        {"the node is too young",
         [](auto& c) {
             a_node_joins(c, t0 - 1s);
             kind(c).for_ = 30s;
         },
         reason::for_pending},
        {"it has acted in this episode",
         [](auto& c) {
             c.opened(t0 - 1h, 3, t0 - 1h);
             c.fire();
         },
         reason::already_acted},
        {"it has acted of late",
         [](auto& c) {
             memory(c).last_act = t0 - 10min + 1ms;
             c.fire();
         },
         reason::action_cooldown},
        {"it has not acted of late",
         [](auto& c) {
             memory(c).last_act = t0 - 10min;
             c.fire();
         },
         reason::alert,
         decided_action::restart},
        {"there is nothing to restart",
         [](auto& c) {
             c.stand_at(0);
             c.fire();
         },
         reason::disabled_at_zero},
        {"of nothing one can speak",
         [](auto& c) {
             kind(c).what = action_rule::kind::webhook;
             c.stand_at(0);
             c.fire();
         },
         reason::alert,
         decided_action::webhook},
        {"a rollout runs",
         [](auto& c) {
             c.service.update = update_state::updating;
             c.fire();
         },
         reason::update_in_progress},
        {"whatever may be scaled in it",
         [](auto& c) {
             c.service.update = update_state::updating;
             c.policy().during_update = update_conduct::allow;
             c.fire();
         },
         reason::update_in_progress},
        {"a rollback is paused",
         [](auto& c) {
             c.service.update = update_state::rollback_paused;
             c.fire();
         },
         reason::update_in_progress},
        {"the service is paused",
         [](auto& c) {
             c.service.pause = pause_mode::both;
             c.fire();
         },
         reason::paused},
        {"one direction of scaling is paused",
         [](auto& c) {
             c.service.pause = pause_mode::down;
             c.fire();
         },
         reason::alert,
         decided_action::restart},
        {"dry run",
         [](auto& c) {
             c.dry_run = true;
             c.fire();
         },
         reason::dry_run},
    };
}

TEST_CASE("every reason of rules that act", "[act]") {
    for (auto const& row : act_rows()) {
        CAPTURE(row.when);
        auto const made = decided(row);
        CHECK(to_string(made.why) == to_string(row.why));
        CHECK(to_string(made.action) == to_string(row.action));
        CHECK(made.from == made.to);
        CHECK_FALSE(made.would);
        CHECK(made.policy == "web");
        CHECK(made.rule == "x");
        CHECK(made.version == 7);
        REQUIRE(made.trace.size() == 2);
        CHECK(made.trace[0].stage == "rule");
        CHECK(made.trace[1].stage == "act");
    }
}

TEST_CASE("each guard of an act comes before the next", "[act]") {
    restarting c;
    kind(c).for_ = 30s;
    c.opened(t0 - 1h, 3, t0 - 1h);
    memory(c).last_act = t0;
    c.stand_at(0);
    c.service.update = update_state::updating;
    c.service.pause = pause_mode::both;
    c.dry_run = true;
    c.fire();

    CHECK(c.act() == "for_pending");
    kind(c).for_ = {};
    CHECK(c.act() == "already_acted");
    memory(c).open->acted.reset();
    CHECK(c.act() == "action_cooldown");
    memory(c).last_act.reset();
    CHECK(c.act() == "disabled_at_zero");
    c.stand_at(3);
    CHECK(c.act() == "update_in_progress");
    c.service.update = update_state::completed;
    CHECK(c.act() == "paused");
    c.service.pause = pause_mode::none;
    CHECK(c.act() == "dry_run");
    c.dry_run = false;
    CHECK(c.act() == "restart");
}

TEST_CASE("one act for each episode, and none without a cause", "[act]") {
    restarting c;
    CHECK(c.act() == "nothing");
    c.fire();
    CHECK(c.act() == "restart");
    c.now += 1h;
    CHECK(c.act() == "already_acted");
    c.end();
    CHECK(c.act() == "nothing");
    c.fire(0, c.now);
    CHECK(c.act() == "restart");
    c.now += 1s;
    c.end();
    CHECK(c.act() == "nothing");
    c.fire(0, c.now);
    CHECK(c.act() == "action_cooldown");
    CHECK(c.decide().recheck == c.now - 1s + 10min);
}

TEST_CASE("one act for all nodes that have joined before it", "[act]") {
    restarting c("");
    CHECK(c.act() == "nothing");
    memory(c).joined = t0;
    CHECK(c.act() == "restart");
    CHECK(c.act() == "nothing");
    c.now += 1min;
    memory(c).joined = c.now;
    CHECK(c.act() == "action_cooldown");
    c.now += 9min;
    CHECK(c.act() == "restart");
    CHECK(c.act() == "nothing");
}

TEST_CASE("a rule that acts asks for no count and keeps no `return` away", "[act]") {
    decision_case c;
    c.policies = {a_policy({act_on("x", action_rule::kind::webhook, "X"), on_alert("less", "L", by(-1))})};
    c.policy().give_back = {.after = 10min, .by = by(1)};
    c.memory.busy["web"] = t0 - 10min;
    c.fire();
    auto const made = c.decide();
    CHECK(made.result.why == reason::give_back);
    CHECK(made.acts.size() == 1);
}

TEST_CASE("a rule that acts does so also where the count is not to be touched", "[act]") {
    restarting c;
    for (auto const* const name : {"few", "many"}) {
        c.policies.push_back(one_more());
        c.policies.back().name = name;
    }
    c.policies[2].min = 20;
    c.policies[2].max = 30;
    c.fire();

    auto const conflict = c.decide();
    CHECK(conflict.result.why == reason::bounds_conflict);
    REQUIRE(conflict.acts.size() == 1);
    CHECK(conflict.acts.front().action == decided_action::restart);

    c.service.mode = service_mode::global;
    CHECK(c.decide().acts.empty());
}

TEST_CASE("another autoscaler's act is ours, too", "[act]") {
    restarting c("");
    memory(c).joined = t0 - 1min;
    service_view seen = c.service;
    seen.state = service_state{};
    seen.state->sequence = 1;
    seen.state->last_set = 3;
    seen.state->acts = {{"web/x", t0 - 1s}};
    REQUIRE(join(c.memory, seen, t0));
    CHECK(c.act() == "nothing"); // it has dealt with the node
    memory(c).joined = t0;
    CHECK(c.act() == "action_cooldown");

    restarting by_alert;
    by_alert.fire();
    CHECK(by_alert.decide().acts.front().action == decided_action::restart);
    seen.state->episodes["web/x"] =
        episode{.since = t0 - 1s, .start_count = 3, .acted = t0 - 1s, .by_webhook = false};
    REQUIRE(join(by_alert.memory, seen, t0));
    CHECK(by_alert.act() == "already_acted");
}

TEST_CASE("the label holds when a rule has acted last", "[act]") {
    restarting c("");
    memory(c).joined = t0;
    CHECK(c.act() == "restart");
    CHECK(to_state(c.memory, "hash").acts.at("web/x") == t0);
}

TEST_CASE("after a restart an act waits for its source, and is not repeated", "[act]") {
    restarting c;
    c.opened(t0 - 1min, 3, t0 - 1min);
    memory(c).unheard_since = t0;
    c.signal(0, 0) = {};
    CHECK(c.act() == "nothing");
    CHECK(memory(c).open);
    CHECK(c.decide().recheck == t0 + 5min);
    c.fire();
    c.now += 1h;
    CHECK(c.act() == "already_acted");
}
