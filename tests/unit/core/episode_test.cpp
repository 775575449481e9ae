// From the first firing alert of a rule to what its end asks for.
#include "decide_support.hpp"
#include "support/catch.hpp"

using namespace autoscaler::policy;
using namespace autoscaler::policy::testing;

namespace {

struct reverting : decision_case {
    reverting() { kind().on_resolved.what = resolved_action::kind::revert; }

    rule_memory& x() { return memory.rules["web/x"]; }
};

} // namespace

TEST_CASE("an episode remembers where it began and when it acted", "[episode]") {
    reverting c;
    c.fire();
    c.decide(true);
    c.now += 60s;
    c.decide(true);
    CHECK(c.service.replicas == 5);
    CHECK(c.x().open->since == t0);
    CHECK(c.x().open->start_count == 3);
    CHECK(c.x().open->acted == t0 + 60s);
    c.end();
    c.now += 60s;
    auto const made = c.decide(true).result;
    CHECK(made.why == reason::resolved);
    CHECK(made.to == 3);
    CHECK_FALSE(c.x().open);
    CHECK_FALSE(c.x().resolved);
    CHECK(c.decide().result.why == reason::no_signal);
}

TEST_CASE("an episode that never acted asks for nothing at its end", "[episode]") {
    reverting c;
    c.kind().for_ = 30s;
    c.fire();
    c.decide(true);
    c.stand_at(6);
    c.end();
    CHECK(c.decide().result.why == reason::no_signal);
    CHECK_FALSE(c.x().resolved);
}

TEST_CASE("an act that Swarm refused is no act", "[episode]") {
    reverting c;
    c.fire();
    CHECK(c.decide(false).result.action == decided_action::up);
    CHECK_FALSE(c.x().open->acted);
    CHECK_FALSE(c.memory.last_up);
    CHECK(c.memory.changes.empty());
}

TEST_CASE("what an end asks for stays pending while a cooldown holds it", "[episode]") {
    reverting c;
    c.policy().cooldown.down = 300s;
    c.fire();
    c.decide(true);
    c.end();
    c.now = t0 + 100s;
    auto const held = c.decide();
    CHECK(held.result.why == reason::cooldown_down);
    CHECK(held.recheck == t0 + 300s);
    CHECK(c.x().resolved);
    c.now = t0 + 300s;
    CHECK(c.decide(true).result.to == 3);
}

TEST_CASE("a new episode drops what the last one left pending", "[episode]") {
    reverting c;
    c.policy().cooldown.down = 300s;
    c.fire();
    c.decide(true);
    c.end();
    c.decide();
    REQUIRE(c.x().resolved);
    c.now = t0 + 100s;
    c.fire(0, c.now);
    c.decide();
    CHECK_FALSE(c.x().resolved);
    CHECK(c.x().open->start_count == 4);
}

TEST_CASE("what an end asks for and is there already is dropped", "[episode]") {
    reverting c;
    c.opened(t0 - 90s, 3, t0 - 90s);
    c.end();
    CHECK(c.decide().result.why == reason::no_signal);
    CHECK_FALSE(c.x().resolved);
}

TEST_CASE("what an end asks for is done once a bound stops it", "[episode]") {
    reverting c;
    c.stand_at(1);
    c.kind().on_resolved = {.what = resolved_action::kind::scale, .scale = by(-1)};
    c.opened(t0 - 90s, 3, t0 - 90s);
    c.end();
    CHECK(c.decide().result.why == reason::at_min);
    CHECK_FALSE(c.x().resolved);
    c.stand_at(5);
    CHECK(c.decide().result.why == reason::no_signal);
}

TEST_CASE("what an end asks for counts as done when a bound cuts it short", "[episode]") {
    reverting c;
    c.policy().min = 2;
    c.opened(t0 - 90s, 0, t0 - 90s);
    c.end();
    auto const made = c.decide(true).result;
    CHECK(made.why == reason::at_min);
    CHECK(made.to == 2);
    CHECK_FALSE(c.x().resolved);
}

TEST_CASE("of two ends that are owed only the one that was executed is done", "[episode]") {
    decision_case c;
    c.policies = {a_policy({on_alert("x", "X", by(1)), on_alert("y", "Y", by(1))})};
    for (std::size_t rule : {0U, 1U}) {
        c.kind(rule).on_resolved = {.what = resolved_action::kind::scale, .scale = by(-1)};
        c.end(rule);
    }
    c.stand_at(6);
    episode const acted{.since = t0 - 90s, .start_count = 3, .acted = t0 - 90s, .by_webhook = false};
    c.memory.rules["web/x"].open = c.memory.rules["web/y"].open = acted;
    CHECK(c.decide(true).result.to == 5);
    CHECK(c.decide(true).result.to == 4);
    CHECK(c.decide(true).result.why == reason::no_signal);
}

TEST_CASE("an end by expiry waits for a sign of life, or for the resolved notice", "[episode]") {
    for (bool const by_notice : {false, true}) {
        CAPTURE(by_notice);
        reverting c;
        c.stand_at(5);
        c.opened(t0 - 90s, 2, t0 - 90s);
        c.end(0, rule_signal::end::expired);
        c.live = false;
        auto const held = c.decide();
        CHECK(held.result.why == reason::source_lost);
        CHECK(held.recheck.has_value());
        if (by_notice)
            c.end(0, rule_signal::end::resolved);
        else
            c.live = true;
        CHECK(c.decide().result.to == 2);
    }
}

TEST_CASE("a resolved end needs no sign of life", "[episode]") {
    reverting c;
    c.stand_at(5);
    c.opened(t0 - 90s, 2, t0 - 90s);
    c.end();
    c.live = false;
    CHECK(c.decide().result.to == 2);
}

TEST_CASE("a loaded episode waits for a word of its source, five minutes at most", "[episode]") {
    reverting c;
    c.stand_at(5);
    c.opened(t0 - 90s, 2, t0 - 90s);
    c.x().unheard_since = t0;
    auto const waiting = c.decide();
    CHECK(waiting.result.why == reason::no_signal);
    CHECK(waiting.recheck == t0 + source_patience);
    CHECK(c.x().open);
    c.now = t0 + source_patience - 1ms;
    c.decide();
    CHECK(c.x().open);
    c.now = t0 + source_patience;
    CHECK(c.decide().result.to == 2);
}

TEST_CASE("a loaded episode that nobody has spoken of ends as if by expiry", "[episode]") {
    reverting c;
    c.stand_at(5);
    c.opened(t0 - 10min, 2, t0 - 10min);
    c.x().unheard_since = t0 - source_patience;
    c.live = false;
    CHECK(c.decide().result.why == reason::source_lost);
}

TEST_CASE("a loaded episode ends at once when its source says so", "[episode]") {
    reverting c;
    c.stand_at(5);
    c.opened(t0 - 90s, 2, t0 - 90s);
    c.x().unheard_since = t0;
    c.end();
    CHECK(c.decide().result.to == 2);
}

TEST_CASE("a word from before a loaded episode began says nothing about it", "[episode]") {
    // Another autoscaler has heard of an alert a moment before us, has acted, and its label reaches us first.
    reverting c;
    c.stand_at(5);
    c.opened(t0 - 1s, 2, t0 - 1s);
    c.x().unheard_since = t0;
    c.end();
    c.signal(0, 0).heard = t0 - 10min;
    CHECK(c.decide().result.why == reason::no_signal);
    CHECK(c.x().open);
    c.fire(0, t0 - 2s);
    c.now = t0 + 10ms;
    c.decide();
    CHECK(c.x().open->since == t0 - 1s); // still the same episode
    CHECK_FALSE(c.x().unheard_since);
}

TEST_CASE("a loaded webhook episode waits for as long as a webhook alert lives", "[episode]") {
    reverting c;
    c.stand_at(5);
    c.opened(t0 - 90s, 2, t0 - 90s);
    c.x().open->by_webhook = true;
    c.x().unheard_since = t0;
    c.now = t0 + 1h;
    CHECK(c.decide().result.why == reason::no_signal);
    CHECK(c.x().open);
    c.now = t0 + 5h;
    CHECK(c.decide().result.to == 2);
}

TEST_CASE("an end that another autoscaler has dealt with is not dealt with again", "[episode]") {
    reverting c;
    c.stand_at(5);
    c.opened(t0 - 90s, 2, t0 - 90s);
    c.x().settled = true;
    c.end();
    CHECK(c.decide().result.why == reason::no_signal);
    CHECK_FALSE(c.x().open);
}

TEST_CASE("a settled episode that acts again is owed an end again", "[episode]") {
    reverting c;
    c.opened(t0 - 90s, 2, t0 - 90s);
    c.x().settled = true;
    c.fire();
    c.decide(true);
    REQUIRE(c.service.replicas == 4);
    c.end();
    CHECK(c.decide().result.to == 2);
}

TEST_CASE("without on_resolved an end leaves the count alone", "[episode]") {
    decision_case c;
    c.opened(t0 - 90s, 2, t0 - 90s);
    c.end();
    CHECK(c.decide().result.why == reason::no_signal);
    CHECK_FALSE(c.memory.rules.at("web/x").open);
}

TEST_CASE("a rule that lost its on_resolved in a reload owes nothing any more", "[episode]") {
    decision_case c;
    c.memory.rules["web/x"].resolved = {
        .of = {.since = t0, .start_count = 1, .acted = t0, .by_webhook = false}, .expired = false
    };
    c.end();
    CHECK(c.decide().result.why == reason::no_signal);
    CHECK_FALSE(c.memory.rules.at("web/x").resolved);
}

TEST_CASE("in dry run each wish counts as done for the clocks, never for the count", "[episode]") {
    reverting c;
    c.dry_run = true;
    c.policy().cooldown.up = 60s;
    c.fire();
    auto const made = c.decide();
    REQUIRE(made.result.why == reason::dry_run);
    commit(c.memory, made.result, true);
    CHECK(c.memory.last_set == 3);
    CHECK(c.memory.last_up == t0);
    CHECK(c.memory.changes == std::vector<replica_change>{{t0, 1}});
    CHECK(c.x().open->acted == t0);
    c.now = t0 + 59s;
    CHECK(c.decide().result.why == reason::cooldown_up);
    c.now = t0 + 60s;
    CHECK(c.decide().result.would == 4);
}
