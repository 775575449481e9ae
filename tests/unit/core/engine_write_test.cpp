// Writes that do not go as they should: conflicts, lost replies, refusals, an engine that is away.
#include "support/catch.hpp"
#include "support/engine_rig.hpp"

using namespace autoscaler::policy;
using namespace autoscaler::policy::testing;

using event::update_result;

namespace {

// An engine that has just sent 2 -> 3 for version 7.
struct sent : engine_rig {
    explicit sent(std::shared_ptr<policy_set> file = file_of({one_more()})) : engine_rig(std::move(file)) {
        hear({firing("X")});
        look(a_service(2, 7));
        write = take_update();
        records.clear();
    }

    action::update write;
};

service_view
with_state(service_view view, std::uint64_t sequence, std::string writer, std::optional<time_point> last_up) {
    service_state state;
    state.sequence = sequence;
    state.writer = std::move(writer);
    state.last_set = view.replicas;
    state.last_up = last_up;
    view.state = std::move(state);
    return view;
}

std::shared_ptr<policy_set> with_cooldown() {
    auto policy = one_more();
    policy.cooldown = {.up = 60s, .down = 300s};
    return file_of({policy});
}

} // namespace

TEST_CASE("a conflict is inspected at once and decided anew from what is there", "[engine]") {
    sent s;
    s.finish(update_result::conflict, "update out of sequence");
    CHECK(s.take_inspect().tasks);
    CHECK(s.idle()); // nothing happened that could be told
    s.observe(a_service(2, 9));
    auto const again = s.take_update();
    CHECK(again.version == 9);
    CHECK(again.replicas == 3);
    CHECK(again.state.sequence == 1);
    CHECK(again.state.writer == "me.2");
}

TEST_CASE("after a conflict nothing of the refused write is remembered", "[engine]") {
    sent s(with_cooldown());
    s.finish(update_result::conflict);
    s.take_inspect();
    s.observe(a_service(2, 9));
    CHECK(s.take_update().replicas == 3); // no cooldown, no acted episode
}

TEST_CASE("a step that lost the race to another autoscaler is not doubled", "[engine]") {
    sent s(with_cooldown());
    s.finish(update_result::conflict);
    s.take_inspect();
    s.now += 5ms;
    s.observe(with_state(a_service(3, 9), 1, "other.1", t0));
    CHECK(s.updates.empty());
    auto const told = s.take_record();
    CHECK(told.why == reason::lost_race);
    CHECK(told.from == 3);
}

TEST_CASE("a conflict with our own write, repeated by a manager, is our step and no lost race", "[engine]") {
    sent s(with_cooldown());
    s.finish(update_result::conflict, "update out of sequence");
    s.take_inspect();
    s.now += 5ms;
    s.observe(written(a_service(2, 7), s.write));
    CHECK(s.updates.empty());
    auto const told = s.take_record();
    CHECK(told.action == decided_action::up);
    CHECK(told.from == 2);
    CHECK(told.to == 3);
}

TEST_CASE("conflicts that go on are spread over time and do not stop", "[engine]") {
    sent s;
    s.finish(update_result::conflict);
    std::uint64_t version = 8;
    s.look(a_service(2, version));
    duration longest{};
    for (int i = 0; i < 12; ++i) {
        s.take_update();
        s.finish(update_result::conflict);
        CHECK(s.inspects.empty());
        auto const before = s.now;
        s.sleep();
        longest = std::max(longest, s.now - before);
        s.look(a_service(2, ++version));
    }
    CHECK(longest >= 1s);
    CHECK(longest <= 1250ms);
    auto view = s.accept(a_service(2, version));
    CHECK(view.replicas == 3);
}

TEST_CASE("a lost reply of a write that arrived is recorded once and not repeated", "[engine]") {
    sent s(with_cooldown());
    s.finish(update_result::unknown, "connection reset by peer");
    auto const told = s.take_record();
    CHECK(told.why == reason::swarm_unavailable);
    CHECK(told.error == "connection reset by peer");
    CHECK(s.inspects.empty()); // not before a pause
    s.sleep();
    s.take_inspect();
    auto view = written(a_service(2, 7), s.write);
    s.observe(view);
    auto const act = s.take_record();
    CHECK(act.action == decided_action::up);
    CHECK(act.from == 2);
    CHECK(act.to == 3);
    CHECK(s.take_record().why == reason::cooldown_up);
    CHECK(s.updates.empty());
    s.look(view);
    CHECK(s.idle());
    CHECK(s.machine.services(s.now).front().cooldown_up_until == t0 + 60s);
}

TEST_CASE(
    "a lost reply of a write that arrived is recorded also when a deploy has erased its label", "[engine]"
) {
    sent s(with_cooldown());
    s.finish(update_result::unknown, "timeout");
    s.sleep();
    s.records.clear();
    auto view = written(a_service(2, 7), s.write);
    view.previous_state = std::exchange(view.state, std::nullopt);
    view.replicas = 2;
    ++view.version;
    CHECK(s.look(view).why == reason::cooldown_up);
    CHECK(s.take_record().action == decided_action::up);
    CHECK(s.updates.empty());
}

TEST_CASE("a lost reply of a write that did not arrive is decided again", "[engine]") {
    sent s(with_cooldown());
    s.finish(update_result::unknown, "timeout");
    s.sleep();
    s.take_inspect();
    s.observe(a_service(2, 7));
    auto const again = s.take_update();
    CHECK(again.replicas == 3);
    CHECK(again.version == 7);
    CHECK(again.state.writer == "me.2");
}

TEST_CASE("a lost reply is settled also when the engine was away for a while after it", "[engine]") {
    sent s(with_cooldown());
    s.finish(update_result::unknown, "timeout");
    for (int i = 0; i < 5; ++i) {
        s.sleep();
        s.take_inspect();
        s.unavailable("connection refused");
    }
    s.sleep();
    s.take_inspect();
    s.records.clear();
    s.observe(written(a_service(2, 7), s.write));
    CHECK(s.take_record().action == decided_action::up);
    CHECK(s.updates.empty());
}

TEST_CASE("a lost reply is not settled by a stale read", "[engine]") {
    sent s(with_cooldown());
    s.finish(update_result::unknown, "timeout");
    s.sleep();
    s.look(a_service(2, 6)); // an isolated leader
    CHECK(s.updates.empty());
    s.sleep();
    s.records.clear();
    s.look(written(a_service(2, 7), s.write));
    CHECK(s.take_record().action == decided_action::up);
}

TEST_CASE("a lost write that another autoscaler has built upon is not repeated", "[engine]") {
    sent s(with_cooldown());
    s.finish(update_result::unknown, "timeout");
    s.sleep();
    auto view = written(a_service(2, 7), s.write);
    view.state->sequence = 2;
    view.state->writer = "other.1";
    view.replicas = view.state->last_set = 4;
    ++view.version;
    CHECK(s.look(view).why == reason::cooldown_up);
    CHECK(s.updates.empty());
}

TEST_CASE(
    "a write that is refused is told with the engine's words and tried again, ever more rarely", "[engine]"
) {
    sent s;
    duration last_pause{};
    for (int i = 0; i < 8; ++i) {
        s.finish(update_result::refused, "rpc error: invalid argument");
        if (i == 0) {
            auto const told = s.take_record();
            CHECK(told.why == reason::swarm_unavailable);
            CHECK(told.error == "rpc error: invalid argument");
        }
        CHECK(s.records.empty()); // told once
        auto const before = s.now;
        s.sleep();
        last_pause = s.now - before;
        s.look(a_service(2, 7));
        s.take_update();
    }
    CHECK(last_pause >= 10s);
    CHECK(last_pause <= 12500ms);
}

TEST_CASE("an engine that is away is asked again ever more rarely, and alerts do not hurry it", "[engine]") {
    engine_rig rig(file_of({one_more()}));
    rig.tick();
    rig.take_inspect();
    rig.unavailable("no such file or directory");
    auto const told = rig.take_record();
    CHECK(told.why == reason::swarm_unavailable);
    CHECK(told.error == "no such file or directory");
    std::vector<duration> pauses;
    for (int i = 0; i < 7; ++i) {
        auto const before = rig.now;
        rig.hear({firing("X", rig.now)});
        rig.changed("", "web");
        CHECK(rig.inspects.empty());
        rig.sleep();
        pauses.push_back(rig.now - before);
        rig.take_inspect();
        rig.unavailable("no such file or directory");
        CHECK(rig.records.empty()); // told once
    }
    CHECK(pauses.front() >= 1s);
    CHECK(pauses.front() <= 1250ms);
    CHECK(std::ranges::is_sorted(pauses.begin(), pauses.begin() + 4));
    CHECK(pauses.back() >= 10s);
    CHECK(pauses.back() <= 12500ms);

    rig.sleep();
    rig.look(a_service(2));
    CHECK(rig.take_update().replicas == 3); // what came meanwhile is not forgotten
}

TEST_CASE("an answer older than the last one is ignored and asked for again", "[engine]") {
    engine_rig rig(file_of({one_more()}));
    rig.tick();
    rig.look(a_service(5, 20));
    rig.records.clear();
    rig.hear({firing("X")});
    rig.take_inspect();
    rig.observe(a_service(2, 19));
    CHECK(rig.idle());
    CHECK(rig.machine.services(rig.now).front().view->replicas == 5);
    CHECK(rig.wake == rig.now + 1s);
    rig.sleep();
    rig.look(a_service(5, 20));
    CHECK(rig.take_update().replicas == 6);
}

TEST_CASE("an answer from before our own write is stale, too", "[engine]") {
    sent s;
    s.finish(update_result::accepted);
    s.take_inspect();
    s.observe(a_service(2, 7));
    CHECK(s.updates.empty());
}

TEST_CASE("a version that stays low for a minute is another truth", "[engine]") {
    engine_rig rig(file_of({one_more()}));
    rig.tick();
    rig.look(a_service(5, 20));
    rig.hear({firing("X")});
    for (; rig.now < t0 + 60s; rig.sleep()) {
        rig.look(a_service(2, 3));
        REQUIRE(rig.updates.empty());
    }
    rig.look(a_service(2, 3));
    CHECK(rig.take_update().version == 3);
}

TEST_CASE("a deploy of this instant holds writes, for thirty seconds at most", "[engine]") {
    engine_rig rig(file_of({one_more()}));
    rig.hear({firing("X")});
    auto view = a_service(2, 7);
    view.deploy_in_flight = true;
    auto const held = rig.look(view);
    CHECK(held.why == reason::update_in_progress);
    CHECK(held.would == 3);
    while (rig.now < t0 + 30s) {
        CHECK(rig.updates.empty());
        CHECK(rig.wake <= rig.now + 1s);
        rig.sleep();
        rig.look(view);
    }
    CHECK(rig.take_update().replicas == 3); // a change that no task needs: `updating` will never come
}

TEST_CASE("the guard counts from the version that the deploy made", "[engine]") {
    engine_rig rig(file_of({one_more()}));
    rig.tick();
    rig.look(a_service(2, 7));
    rig.now += 1h;
    rig.hear({firing("X", rig.now)});
    auto view = a_service(2, 8);
    view.deploy_in_flight = true;
    CHECK(rig.look(view).why == reason::update_in_progress);
    rig.now += 29s;
    ++view.version;
    CHECK(rig.look(view).why == reason::update_in_progress);
    rig.now += 29s;
    CHECK(rig.look(view).why == reason::update_in_progress);
    rig.now += 1s;
    rig.look(view);
    CHECK(rig.updates.size() == 1);
}

TEST_CASE("a rollout is looked at each second, and its end lets the step through", "[engine]") {
    engine_rig rig(file_of({one_more()}));
    rig.hear({firing("X")});
    auto view = a_service(2, 7);
    view.update = update_state::updating;
    CHECK(rig.look(view).why == reason::update_in_progress);
    CHECK(rig.wake == rig.now + 1s);
    rig.sleep();
    view.update = update_state::completed;
    ++view.version;
    rig.look(view);
    CHECK(rig.take_update().version == 8);
}

TEST_CASE("a service that was removed and created anew begins a new history", "[engine]") {
    auto file = with_cooldown();
    engine_rig rig(file);
    rig.hear({firing("X")});
    auto view = a_service(2, 7);
    rig.look(view);
    view = rig.accept(view);
    CHECK(rig.look(view).why == reason::cooldown_up);
    auto anew = a_service(2, 3); // a lower version is no stale read here
    anew.id = "id2";
    rig.changed("id2", "web");
    rig.look(anew);
    auto const write = rig.take_update();
    CHECK(write.id == "id2");
    CHECK(write.state.sequence == 1);
    CHECK(write.state.changes.size() == 1);
}
