// How memory and the state label are joined: policy language, section 3.
#include "policy/core/history.hpp"
#include "support/catch.hpp"
#include "support/core_values.hpp"

using namespace autoscaler::policy;
using namespace autoscaler::policy::testing;

namespace {

service_state a_state(std::uint64_t sequence) {
    service_state state;
    state.sequence = sequence;
    state.writer = "other." + std::to_string(sequence);
    state.last_set = 3;
    return state;
}

service_view labelled(service_state state, std::int64_t replicas = 3) {
    auto view = a_service(replicas);
    view.state = std::move(state);
    return view;
}

episode acted_episode(time_point since, time_point acted) {
    return {.since = since, .start_count = 2, .acted = acted, .by_webhook = false};
}

} // namespace

TEST_CASE("without any label ups are free and downs wait from the start", "[history]") {
    auto const memory = first_history(a_service(4), t0);
    CHECK(memory.last_set == 4);
    CHECK(memory.boot == t0);
    CHECK_FALSE(memory.last_up);
    CHECK_FALSE(memory.last_down);
    CHECK(memory.changes.empty());
    CHECK(memory.sequence == 0);
}

TEST_CASE("a first observation takes clocks, changes and episodes from the label", "[history]") {
    auto state = a_state(9);
    state.last_up = t0 - 10s;
    state.last_down = t0 - 90s;
    state.changes = {{t0 - 90s, -1}, {t0 - 10s, 2}};
    state.episodes = {{"web/x", acted_episode(t0 - 60s, t0 - 10s)}};
    auto const memory = first_history(labelled(state, 5), t0);
    CHECK(memory.last_set == 3); // so the 5 that are there are somebody's change
    CHECK(memory.last_up == t0 - 10s);
    CHECK(memory.last_down == t0 - 90s);
    CHECK(memory.changes == state.changes);
    CHECK(memory.sequence == 9);
    CHECK(memory.writer == "other.9");
    auto const& remembered = memory.rules.at("web/x");
    CHECK(remembered.open == state.episodes.at("web/x"));
    CHECK(remembered.unheard_since == t0);
}

TEST_CASE("times after now become now", "[history]") {
    auto state = a_state(9);
    state.last_up = t0 + 1h;
    state.last_down = t0 + 1h;
    state.changes = {{t0 + 1h, 2}};
    state.episodes = {{"web/x", acted_episode(t0 + 1h, t0 + 2h)}};
    auto const memory = first_history(labelled(state), t0);
    CHECK(memory.last_up == t0);
    CHECK(memory.last_down == t0);
    CHECK(memory.changes == std::vector<replica_change>{{t0, 2}});
    CHECK(memory.rules.at("web/x").open == acted_episode(t0, t0));
}

TEST_CASE("after a deploy that erased the label, the one of PreviousSpec is read", "[history]") {
    auto view = a_service(2);
    view.previous_state = a_state(9);
    CHECK(first_history(view, t0).sequence == 9);
    CHECK(first_history(view, t0).last_set == 3);
    view.state = a_state(4); // the service's own label goes before
    CHECK(first_history(view, t0).sequence == 4);
}

TEST_CASE("a label as known, an older one or none leaves memory as it is", "[history]") {
    auto memory = first_history(labelled(a_state(9)), t0);
    memory.last_up = t0 + 5s;
    auto const before = memory;
    auto same = a_state(9);
    same.last_up = t0 + 8s;
    CHECK_FALSE(join(memory, labelled(same), t0 + 10s));
    CHECK_FALSE(join(memory, labelled(a_state(8)), t0 + 10s));
    CHECK_FALSE(join(memory, a_service(3), t0 + 10s));
    auto deployed = a_service(3);
    deployed.previous_state = a_state(9);
    CHECK_FALSE(join(memory, deployed, t0 + 10s));
    auto scaled_by_hand = labelled(a_state(9));
    scaled_by_hand.previous_state = a_state(20); // the service's own label goes before
    CHECK_FALSE(join(memory, scaled_by_hand, t0 + 10s));
    CHECK(memory == before);
}

TEST_CASE("a newer label brings the later clocks, the union of changes and its last_set", "[history]") {
    auto memory = first_history(labelled(a_state(9)), t0);
    memory.last_up = t0 + 5s;
    memory.changes = {{t0 - 60s, 1}, {t0 + 5s, 1}};
    auto state = a_state(10);
    state.last_set = 6;
    state.last_up = t0 + 2s;
    state.last_down = t0 + 20s; // its clock is ahead of ours
    state.changes = {{t0 - 60s, 1}, {t0 + 2s, 3}};
    CHECK(join(memory, labelled(state, 6), t0 + 10s));
    CHECK(memory.last_set == 6);
    CHECK(memory.last_up == t0 + 5s);
    CHECK(memory.last_down == t0 + 10s);
    CHECK(memory.changes == std::vector<replica_change>{{t0 - 60s, 1}, {t0 + 2s, 3}, {t0 + 5s, 1}});
    CHECK(memory.sequence == 10);
    CHECK(memory.writer == "other.10");
}

TEST_CASE("what another autoscaler did just before a deploy is found in PreviousSpec", "[history]") {
    auto memory = first_history(labelled(a_state(9)), t0);
    auto state = a_state(10);
    state.last_up = t0 + 5s;
    state.last_set = 4;
    auto deployed = a_service(2);
    deployed.previous_state = state;
    CHECK(join(memory, deployed, t0 + 10s));
    CHECK(memory.last_up == t0 + 5s);
    CHECK(memory.last_set == 4); // so the 2 that are there are the deploy's
}

TEST_CASE("an act of another autoscaler is no idleness", "[history]") {
    auto memory = first_history(a_service(3), t0);
    memory.busy = {{"web", t0}, {"other", t0 + 50s}};
    auto state = a_state(1);
    state.last_up = t0 + 30s;
    join(memory, labelled(state), t0 + 60s);
    CHECK(memory.busy.at("web") == t0 + 30s);
    CHECK(memory.busy.at("other") == t0 + 50s);
}

TEST_CASE(
    "an acted episode that a newer label lists no more is settled, its pending end dropped", "[history]"
) {
    auto memory = first_history(a_service(3), t0);
    memory.rules["web/open"].open = acted_episode(t0, t0);
    memory.rules["web/ended"].resolved = {.of = acted_episode(t0, t0), .expired = false};
    memory.rules["web/idle"].open = {.since = t0, .start_count = 2, .acted = {}, .by_webhook = false};
    join(memory, labelled(a_state(1)), t0 + 10s);
    CHECK(memory.rules.at("web/open").settled);
    CHECK(memory.rules.at("web/open").open);
    CHECK_FALSE(memory.rules.at("web/ended").resolved);
    CHECK_FALSE(memory.rules.at("web/idle").settled);
}

TEST_CASE("a newer label's word on an acted episode stands", "[history]") {
    auto memory = first_history(a_service(3), t0);
    memory.rules["web/x"].open = {.since = t0 + 1s, .start_count = 4, .acted = {}, .by_webhook = false};
    memory.rules["web/y"].resolved = {.of = acted_episode(t0, t0), .expired = false};
    auto state = a_state(1);
    state.episodes = {
        {"web/x", acted_episode(t0, t0 + 5s)},
        {"web/y", acted_episode(t0, t0)},
        {"web/z", acted_episode(t0, t0 + 6s)}
    };
    join(memory, labelled(state), t0 + 10s);
    CHECK(memory.rules.at("web/x").open == acted_episode(t0, t0 + 5s));
    CHECK_FALSE(memory.rules.at("web/x").unheard_since); // we hear this alert ourselves
    CHECK_FALSE(memory.rules.at("web/y").open);
    CHECK(memory.rules.at("web/y").resolved); // listed and not active: still to be done
    CHECK(memory.rules.at("web/z").open == acted_episode(t0, t0 + 6s));
    CHECK(memory.rules.at("web/z").unheard_since == t0 + 10s);
}

TEST_CASE("an episode that was settled and is acted in again elsewhere is owed an end again", "[history]") {
    auto memory = first_history(a_service(3), t0);
    memory.rules["web/x"].open = acted_episode(t0, t0);
    join(memory, labelled(a_state(1)), t0 + 10s);
    REQUIRE(memory.rules.at("web/x").settled);
    auto state = a_state(2);
    state.episodes = {{"web/x", acted_episode(t0 + 20s, t0 + 20s)}};
    join(memory, labelled(state), t0 + 30s);
    CHECK_FALSE(memory.rules.at("web/x").settled);
}

TEST_CASE("the label lists open episodes and ends that are still to be acted upon", "[history]") {
    auto memory = first_history(a_service(3), t0);
    memory.sequence = 5;
    memory.writer = "me.5";
    memory.last_up = t0;
    memory.changes = {{t0, 1}};
    memory.rules["web/open"].open = acted_episode(t0, t0 + 1s);
    memory.rules["web/ended"].resolved = {.of = acted_episode(t0, t0 + 2s), .expired = true};
    memory.rules["web/quiet"] = {};
    auto const state = to_state(memory, "hash");
    CHECK(state.sequence == 5);
    CHECK(state.writer == "me.5");
    CHECK(state.last_set == 3);
    CHECK(state.last_up == t0);
    CHECK_FALSE(state.last_down);
    CHECK(state.changes == memory.changes);
    CHECK(state.policy_hash == "hash");
    CHECK(state.episodes.size() == 2);
    CHECK(state.episodes.at("web/open") == acted_episode(t0, t0 + 1s));
    CHECK(state.episodes.at("web/ended") == acted_episode(t0, t0 + 2s));
}

TEST_CASE("a settled episode is not handed on as one whose end is still owed", "[history]") {
    auto memory = first_history(a_service(3), t0);
    memory.rules["web/x"].open = acted_episode(t0, t0);
    memory.rules["web/x"].settled = true;
    CHECK_FALSE(to_state(memory, "").episodes.at("web/x").acted);
}

TEST_CASE("what is written and read again is the same", "[history]") {
    auto memory = first_history(a_service(3), t0);
    note_change(memory, 3, 5, t0 + 1s);
    note_change(memory, 5, 4, t0 + 2s);
    memory.rules["web/x"].open = acted_episode(t0, t0 + 1s);
    ++memory.sequence;
    memory.writer = "me.1";
    auto const state = to_state(memory, "hash");
    auto const again = first_history(labelled(state, 4), t0 + 3s);
    CHECK(to_state(again, "hash") == state);
}

TEST_CASE("what a full label has merged is not counted twice", "[history]") {
    auto memory = first_history(a_service(0), t0);
    for (int i = 0; i < 30; ++i)
        note_change(memory, i, i + 1, t0 + i * 1s);
    note_told(memory);
    auto state = to_state(memory, "hash");
    state.last_set += 5;
    state.sequence = memory.sequence + 1;
    state.changes.push_back({t0 + 60s, 5});
    merge_oldest(state.changes);
    join(memory, labelled(state), t0 + 61s);
    CHECK(memory.changes.size() == 31);
    CHECK(memory.changes.back() == replica_change{t0 + 60s, 5});
}

TEST_CASE("changes in memory have an end", "[history]") {
    auto memory = first_history(a_service(0), t0);
    for (int i = 0; i < 600; ++i)
        note_change(memory, i, i + 1, t0 + i * 1s);
    CHECK(memory.changes.size() == max_remembered_changes);
    CHECK(memory.changes.front() == replica_change{t0 + 100s, 101});
}

TEST_CASE("many changes are merged from the oldest, and none is lost from the sum", "[history]") {
    auto memory = first_history(a_service(0), t0);
    for (int i = 0; i < 100; ++i)
        note_change(memory, i, i + 1, t0 + i * 1s);
    CHECK(memory.changes.size() == 100);
    auto const shown = to_state(memory, "hash").changes;
    CHECK(shown.size() == max_changes);
    CHECK(shown.front() == replica_change{t0 + 76s, 77});
    CHECK(shown.back() == replica_change{t0 + 99s, 1});
    CHECK(memory.last_set == 100);
    CHECK(memory.last_up == t0 + 99s);

    note_told(memory);
    auto state = a_state(1);
    state.last_set = 80;
    for (int i = 0; i < 20; ++i)
        state.changes.push_back({t0 - i * 1s - 1ms, -1});
    join(memory, labelled(state), t0 + 200s);
    CHECK(memory.changes.size() == 120);
    std::int64_t sum = 0;
    for (auto const& change : memory.changes)
        sum += change.delta;
    CHECK(sum == 100 - 20);
    CHECK(std::ranges::is_sorted(memory.changes, {}, &replica_change::at));
}

TEST_CASE("a step of another stays the last one when an act of a third follows", "[history]") {
    auto memory = first_history(a_service(3), t0);
    auto state = to_state(memory, "hash");
    state.sequence = 1;
    state.writer = "other.1";
    state.last_set = 2;
    state.changes.push_back({t0 + 10s, -1});
    REQUIRE(join(memory, labelled(state, 2), t0 + 11s));
    CHECK(memory.changed_by_other);
    state.sequence = 2;
    state.writer = "third.1";
    state.acts["web/act"] = t0 + 20s;
    REQUIRE(join(memory, labelled(state, 2), t0 + 21s));
    CHECK(memory.changed_by_other);
}

TEST_CASE("a step of another counts as one where the count is as it was before, too", "[history]") {
    auto memory = first_history(a_service(9), t0);
    auto state = to_state(memory, "hash");
    state.sequence = 1;
    state.writer = "other.1";
    state.changes.push_back({t0 + 10s, 6}); // it has put back what a deploy took, which nobody else has seen
    REQUIRE(join(memory, labelled(state, 9), t0 + 11s));
    CHECK(memory.changed_by_other);
}

TEST_CASE(
    "what was done since the last look comes last, whatever the clock of its writer says", "[history]"
) {
    auto memory = first_history(a_service(4), t0);
    note_change(memory, 4, 5, t0 + 20s);
    auto state = to_state(memory, "hash");
    state.sequence = 1;
    state.writer = "other.1";
    state.last_set = 4;
    state.changes = {{t0 + 20s, 1}, {t0 + 17s, -1}};
    REQUIRE(join(memory, labelled(state, 4), t0 + 21s));
    CHECK(memory.changes.back().delta == -1);
}
