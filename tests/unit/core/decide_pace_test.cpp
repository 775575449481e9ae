// How fast a service may go: stabilization, limits, and the bounds beside them.
#include "policy/core/pace.hpp"
#include "reason_rows.hpp"
#include "support/catch.hpp"

using namespace autoscaler::policy;
using namespace autoscaler::policy::testing;

namespace {

void wish(decision_case& c, std::int64_t replicas) {
    c.kind().scale = exactly(replicas);
    c.fire();
}

constexpr rate_limit per(std::int64_t amount, duration period) {
    return {.amount = amount, .percent = false, .period = period};
}

constexpr rate_limit percent_per(std::int64_t amount, duration period) {
    return {.amount = amount, .percent = true, .period = period};
}

} // namespace

std::vector<reason_row> autoscaler::policy::testing::pace_rows() {
    return {
        {"an up is more than was wished for of late",
         [](auto& c) {
             c.policy().stabilize.up = 60s;
             c.memory.wishes = {{t0 - 60s, 2}, {t0 - 60s + 1ms, 5}};
             wish(c, 8);
         },
         reason::stabilized_up,
         5},
        {"nothing was wished for of late",
         [](auto& c) {
             c.policy().stabilize.up = 60s;
             c.memory.wishes = {{t0 - 10s, 3}};
             wish(c, 8);
         },
         reason::stabilized_up},
        {"a wish as old as the window is forgotten",
         [](auto& c) {
             c.policy().stabilize.up = 60s;
             c.memory.wishes = {{t0 - 60s, 3}};
             wish(c, 8);
         },
         reason::alert,
         8},
        {"a past wish for less does not turn an up around",
         [](auto& c) {
             c.policy().stabilize.up = 60s;
             c.memory.wishes = {{t0 - 10s, 1}};
             wish(c, 8);
         },
         reason::stabilized_up},
        {"a down is more than was wished for of late",
         [](auto& c) {
             c.stand_at(9);
             c.policy().stabilize.down = 60s;
             c.memory.wishes = {{t0 - 10s, 7}};
             wish(c, 2);
         },
         reason::stabilized_down,
         7},
        {"a past wish for more does not turn a down around",
         [](auto& c) {
             c.policy().stabilize.down = 60s;
             c.memory.wishes = {{t0 - 10s, 10}};
             wish(c, 2);
         },
         reason::stabilized_down},
        {"more than the limit allows",
         [](auto& c) {
             c.policy().limit_up.entries = {per(2, 60s)};
             wish(c, 8);
         },
         reason::rate_limited_up,
         5},
        {"what was stepped of late counts",
         [](auto& c) {
             c.policy().limit_up.entries = {per(2, 60s)};
             c.memory.changes = {{t0 - 60s, 1}, {t0 - 60s + 1ms, 2}};
             wish(c, 8);
         },
         reason::rate_limited_up},
        {"less than the limit allows",
         [](auto& c) {
             c.stand_at(9);
             c.policy().limit_down.entries = {percent_per(50, 60s)};
             wish(c, 2);
         },
         reason::rate_limited_down,
         4},
        {"a direction is switched off",
         [](auto& c) {
             c.policy().limit_down.disabled = true;
             wish(c, 2);
         },
         reason::direction_disabled},
        {"a bound that stops as early as the limit is why",
         [](auto& c) {
             c.policy().max = 5;
             c.policy().limit_up.entries = {per(2, 60s)};
             wish(c, 8);
         },
         reason::at_max,
         5},
        {"a limit that stops earlier than the bound is why",
         [](auto& c) {
             c.policy().limit_up.entries = {per(1, 60s)};
             wish(c, 80);
         },
         reason::rate_limited_up,
         4},
        {"the same at the other end",
         [](auto& c) {
             c.policy().limit_down.entries = {per(2, 60s)};
             wish(c, 0);
         },
         reason::at_min,
         1},
        {"switched off is why also at a bound",
         [](auto& c) {
             c.stand_at(10);
             c.policy().limit_up.disabled = true;
             wish(c, 80);
         },
         reason::direction_disabled,
         10},
    };
}

TEST_CASE("every reason of pace", "[decide][pace]") {
    for (auto const& each : pace_rows())
        check(each);
}

TEST_CASE("limits at their edges", "[pace]") {
    using select = direction_limits::select;

    struct {
        std::string_view when;
        std::vector<rate_limit> entries;
        select which;
        std::int64_t from;
        std::int64_t wanted;
        std::vector<replica_change> changes;
        std::int64_t to;
    } const rows[] = {
        {"no entries, no limit", {}, select::max, 3, 90, {}, 90},
        {"percentages in integers", {percent_per(10, 60s)}, select::max, 100, 900, {}, 110},
        {"a percentage allows one at least", {percent_per(10, 60s)}, select::max, 3, 9, {}, 4},
        {"from none, too", {percent_per(100, 60s)}, select::max, 0, 9, {}, 1},
        {"the entry that allows more", {per(4, 60s), percent_per(100, 60s)}, select::max, 10, 90, {}, 20},
        {"the entry that allows less", {per(4, 60s), percent_per(100, 60s)}, select::min, 10, 90, {}, 14},
        {"down, the entry that allows more", {per(1, 60s), percent_per(50, 60s)}, select::max, 10, 0, {}, 5},
        {"down, the entry that allows less", {per(1, 60s), percent_per(50, 60s)}, select::min, 10, 0, {}, 9},
        {"down, a percentage takes one at least", {percent_per(1, 60s)}, select::max, 3, 0, {}, 2},
        {"100 percent down is to nothing", {percent_per(100, 60s)}, select::max, 7, 0, {}, 0},
        {"more than 100 percent as well", {percent_per(250, 60s)}, select::max, 7, 0, {}, 0},
        {"a period of exactly that age is over", {per(2, 60s)}, select::max, 5, 9, {{t0 - 60s, 2}}, 7},
        {"a millisecond less is not", {per(2, 60s)}, select::max, 5, 9, {{t0 - 59'999ms, 2}}, 5},
        {"downs of the period give room for ups", {per(2, 60s)}, select::max, 5, 9, {{t0 - 1s, -3}}, 9},
        {"ups of the period give room for downs", {per(2, 60s)}, select::max, 5, 0, {{t0 - 1s, 3}}, 0},
        {"a limit never turns an up around", {per(2, 60s)}, select::max, 9, 12, {{t0 - 1s, 8}}, 9},
        {"nor a down", {per(2, 60s)}, select::max, 2, 0, {{t0 - 1s, -8}}, 2},
        {"a change ahead of now is a young one", {per(2, 60s)}, select::max, 5, 9, {{t0 + 1h, 2}}, 5},
        {"each entry has its own period", {per(2, 10s), per(3, 60s)}, select::min, 5, 9, {{t0 - 30s, 3}}, 5},
    };

    for (auto const& row : rows) {
        CAPTURE(row.when);
        auto policy = one_more();
        policy.limit_up = policy.limit_down = {.disabled = false, .entries = row.entries, .which = row.which};
        service_policy const* const policies[] = {&policy};
        auto const paced = limit_rate(row.wanted, row.from, policies, row.changes, t0);
        CHECK(paced.replicas == row.to);
        CHECK(paced.why.has_value() == (row.to != row.wanted));
    }
}

TEST_CASE("of several policies the strictest limits", "[pace]") {
    auto loose = one_more();
    auto strict = one_more();
    loose.limit_up.entries = {per(8, 60s)};
    strict.limit_up.entries = {per(2, 60s)};
    service_policy const* const policies[] = {&loose, &strict};
    CHECK(limit_rate(20, 3, policies, {}, t0).replicas == 5);
    CHECK(limit_rate(4, 3, policies, {}, t0).replicas == 4);
    strict.limit_up = {.disabled = true, .entries = {}, .which = direction_limits::select::max};
    auto const none = limit_rate(20, 3, policies, {}, t0);
    CHECK(none.replicas == 3);
    CHECK(none.why == reason::direction_disabled);
    CHECK(limit_rate(1, 3, policies, {}, t0).replicas == 1); // the other direction
    CHECK_FALSE(limit_rate(3, 3, policies, {}, t0).why);     // nothing was wanted
}

TEST_CASE("what holds a step back says when it may let go", "[pace]") {
    auto policy = one_more();
    policy.limit_up.entries = {per(2, 60s), per(3, 90s)};
    service_policy const* const policies[] = {&policy};
    std::vector<replica_change> const changes{{.at = t0 - 70s, .delta = 1}, {.at = t0 - 20s, .delta = 2}};
    CHECK(limit_rate(9, 5, policies, changes, t0).until == t0 + 20s);
    CHECK_FALSE(limit_rate(5, 5, policies, changes, t0).until);

    std::vector<wish_record> const wishes{{.at = t0 - 50s, .replicas = 8}, {.at = t0 - 10s, .replicas = 6}};
    stabilization const windows{.up = 0s, .down = 60s};
    CHECK(stabilize(3, 8, wishes, windows, t0).until == t0 + 10s);
    CHECK_FALSE(stabilize(9, 8, wishes, windows, t0).until);
}

TEST_CASE("stabilization at its edges", "[pace]") {
    struct {
        std::int64_t wanted;
        std::vector<wish_record> wishes;
        stabilization windows;
        std::int64_t to;
    } const rows[] = {
        {8, {}, {60s, 60s}, 8},                                 // no past
        {8, {{t0, 4}}, {}, 8},                                  // no window
        {8, {{t0 - 59'999ms, 7}, {t0 - 1s, 9}}, {60s, 60s}, 7}, // the lowest
        {2, {{t0 - 59'999ms, 3}, {t0 - 1s, 4}}, {60s, 60s}, 4}, // the highest
        {2, {{t0 - 60s, 4}}, {60s, 60s}, 2},                    // as old as the window
        {5, {{t0 - 1s, 1}, {t0 - 1s, 9}}, {60s, 60s}, 5},       // who stands, stands
        {8, {{t0 + 1h, 6}}, {60s, 60s}, 6},                     // an age is never negative
        {2, {{t0 - 30s, 4}}, {60s, 10s}, 2},                    // each direction has its window
    };

    for (auto const& row : rows) {
        CAPTURE(row.wanted, row.to);
        auto const paced = stabilize(row.wanted, 5, row.wishes, row.windows, t0);
        CHECK(paced.replicas == row.to);
        CHECK(paced.why.has_value() == (row.to != row.wanted));
    }
}

TEST_CASE("wishes are remembered in a pause and at a cooldown, not in a rollout", "[decide][pace]") {
    struct {
        std::string_view when;
        std::function<void(decision_case&)> facts;
        bool remembered;
    } const rows[] = {
        {"nothing holds", [](auto&) {}, true},
        {"paused", [](auto& c) { c.service.pause = pause_mode::both; }, true},
        {"dry run", [](auto& c) { c.dry_run = true; }, true},
        {"a cooldown",
         [](auto& c) {
             c.policy().cooldown.up = 60s;
             c.memory.last_up = t0;
         },
         true},
        {"a rollout", [](auto& c) { c.service.update = update_state::updating; }, false},
        {"a rollout that may be written into",
         [](auto& c) {
             c.service.update = update_state::updating;
             c.policy().during_update = update_conduct::allow;
         },
         true},
        {"one that may be written into upwards",
         [](auto& c) {
             c.service.update = update_state::updating;
             c.policy().during_update = update_conduct::allow_up;
         },
         true},
        {"one whose rollback a write would spoil",
         [](auto& c) {
             c.service.update = update_state::updating;
             c.service.rollback_at_risk = true;
             c.policy().during_update = update_conduct::allow;
         },
         false},
        {"a paused rollout",
         [](auto& c) {
             c.service.update = update_state::paused;
             c.policy().during_update = update_conduct::allow;
         },
         false},
        {"out of bounds", [](auto& c) { c.stand_at(12); }, false},
    };

    for (auto const& row : rows) {
        CAPTURE(row.when);
        decision_case c;
        c.policy().stabilize = {.up = 60s, .down = 60s};
        wish(c, 8);
        row.facts(c);
        c.decide();
        CHECK(c.memory.wishes.empty() != row.remembered);
        if (row.remembered)
            CHECK(c.memory.wishes == std::vector<wish_record>{{t0, 8}});
    }
}

TEST_CASE("the longest window of several policies counts", "[decide][pace]") {
    decision_case c;
    c.policies.push_back(one_more());
    c.policies.back().name = "other";
    c.policies[0].stabilize.down = 10s;
    c.policies[1].stabilize.down = 60s;
    c.memory.wishes = {{t0 - 59s, 3}};
    wish(c, 2);
    CHECK(c.decide().result.why == reason::stabilized_down);
    c.now += 60s;
    CHECK(c.decide().result.to == 2);
}
