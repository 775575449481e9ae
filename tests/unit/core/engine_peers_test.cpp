// Several autoscalers of one service, step by step: clocks that differ, two policy files, labels that a
// rollback puts back, writes that overtake each other.
#include "support/catch.hpp"
#include "support/engine_rig.hpp"

#include <map>

using namespace autoscaler::policy;
using namespace autoscaler::policy::testing;

using event::update_result;

namespace {

std::shared_ptr<policy_set> with_cooldown(duration up = 60s, duration down = 300s) {
    auto policy = one_more();
    policy.cooldown = {.up = up, .down = down};
    return file_of({policy});
}

engine_options named(std::string name, duration tolerance = 10s) {
    return {.instance = std::move(name), .clock_tolerance = tolerance};
}

// `docker service rollback`: the spec of before the last write.
service_view roll_back(service_view now, service_view const& before) {
    auto version = now.version;
    now = before;
    now.version = version + 1;
    now.update = update_state::rollback_completed;
    now.previous_state.reset();
    return now;
}

// One Swarm service and several engines with clocks of their own, in steps of true time. Each engine looks
// once a second, and whoever is asked last decides last.
class peers {
public:
    explicit peers(std::int64_t replicas) : view(a_service(replicas)) {}

    void add(std::string name, std::shared_ptr<policy_set> file, duration offset) {
        auto& one = members_.emplace_back(std::make_unique<member>(std::move(name), std::move(file), offset));
        one->rig.now = time + offset;
    }

    // Alerts fire at all of them, by right clocks.
    void hear(std::vector<std::string> const& names) {
        for (auto& one : members_)
            for (auto const& name : names) {
                one->rig.now = time + one->offset;
                auto alert = firing(name, time);
                alert.ends_at = one->rig.now + 24h;
                one->rig.hear({alert});
            }
    }

    void live(duration long_) {
        for (auto const end = time + long_; time < end; time += 1s)
            for (auto& one : members_)
                turn(*one);
    }

    service_view view;
    time_point time = t0 + 2h;
    std::vector<std::pair<time_point, std::int64_t>> steps; // in true time

private:
    struct member {
        member(std::string name, std::shared_ptr<policy_set> file, duration by)
            : rig(std::move(file), named(std::move(name))), offset(by) {}

        engine_rig rig;
        duration offset;
    };

    void turn(member& one) {
        one.rig.now = time + one.offset;
        one.rig.tick();
        one.rig.changed(view.id);
        for (int i = 0; i < 4 && !one.rig.inspects.empty(); ++i) {
            one.rig.take_inspect();
            one.rig.observe(view);
            if (one.rig.updates.empty())
                continue;
            steps.emplace_back(time, one.rig.updates.front().replicas - view.replicas);
            view = one.rig.accept(view);
        }
    }

    std::vector<std::unique_ptr<member>> members_;
};

duration shortest_gap(std::vector<std::pair<time_point, std::int64_t>> const& steps) {
    duration shortest = duration::max();
    for (std::size_t i = 1; i < steps.size(); ++i)
        shortest = std::min(shortest, steps[i].first - steps[i - 1].first);
    return shortest;
}

} // namespace

TEST_CASE("clocks that differ make no cooldown shorter, and none much longer", "[engine][peers]") {
    duration const offset = GENERATE(-3600s, -10s, -5s, 5s, 10s, 3600s);
    CAPTURE(offset.count());
    peers both(2);
    both.add("right", with_cooldown(), 0s);
    both.add("wrong", with_cooldown(), offset);
    both.live(2s);
    both.hear({"X"});
    both.live(5min);
    REQUIRE(both.steps.size() >= 5);
    CHECK(shortest_gap(both.steps) >= 60s);
    CHECK(both.view.replicas >= 7);
}

TEST_CASE(
    "a step counts from its writer's time and the tolerance, at most from when it was seen", "[peers]"
) {
    auto memory = first_history(a_service(2, 7), t0);
    auto view = a_service(3, 8);
    view.state = service_state{};
    view.state->sequence = 1;
    view.state->writer = "other.1";
    view.state->over_version = 7;
    view.state->last_set = 3;
    label_reading const how{.clock_tolerance = 10s, .last_look = t0 + 60s};

    struct row {
        duration told, counts;
    };

    // Seen at 100 s. A stamp that lies before the last look in spite of the tolerance is by a wrong clock.
    auto const [told, counts] =
        GENERATE(row{95s, 100s}, row{85s, 95s}, row{55s, 65s}, row{49s, 100s}, row{-1h, 100s}, row{1h, 100s});
    CAPTURE(told.count());
    view.state->last_up = t0 + told;
    view.state->changes = {{t0 + told, 1}};
    REQUIRE(join(memory, view, t0 + 100s, how));
    CHECK(memory.last_up == t0 + counts);
    CHECK(memory.changes.back().at == t0 + counts);
    INFO("it is handed on as it was told");
    CHECK(to_state(memory, "").last_up == t0 + told);
    CHECK(to_state(memory, "").changes == std::vector<replica_change>{{t0 + told, 1}});
}

TEST_CASE("a time that is handed to and fro does not wander", "[peers]") {
    auto a = first_history(a_service(2, 7), t0, 10s);
    auto b = a;
    note_change(a, 2, 3, t0 + 1s);
    auto const stamp = a.last_up;
    auto view = a_service(3, 8);
    for (int i = 0; i < 20; ++i) {
        auto& writer = i % 2 == 0 ? a : b;
        auto& reader = i % 2 == 0 ? b : a;
        auto const now = t0 + 20s + i * 60s;
        if (i > 0)
            note_change(writer, static_cast<std::int64_t>(view.replicas), view.replicas - 1, now);
        ++writer.sequence;
        writer.writer = "w." + std::to_string(i);
        note_told(writer);
        view.state = to_state(writer, "");
        view.state->over_version = view.version++;
        view.replicas = view.state->last_set;
        REQUIRE(join(reader, view, now + 1s, {.clock_tolerance = 10s, .last_look = now}));
    }
    CHECK(view.state->last_up == stamp);
    CHECK(*a.last_up <= t0 + 11s);
    CHECK(*b.last_up == t0 + 21s); // found then, long after its stamp
    CHECK(view.state->changes.size() == 20);
}

TEST_CASE("two policy files with other bounds come to rest at the greater", "[engine][peers]") {
    auto small = one_more();
    small.max = 5;
    small.cooldown = {.up = 30s, .down = 60s};
    auto large = small;
    large.max = 10;
    large.min = 8;
    auto const first = file_of({small});
    auto const second = file_of({large});
    second->hash = "another";
    peers both(4);
    both.add("small", first, 0s);
    both.add("large", second, 3s);
    both.live(2h);
    std::map<bool, int> count;
    for (auto const& [when, delta] : both.steps)
        ++count[delta > 0];
    CAPTURE(both.steps.size());
    INFO("each time that it was undone the cut waits twice as long");
    CHECK(count[false] <= 8);
    CHECK(count[false] >= 2);
    auto const before = both.steps.size();
    both.live(50min);
    CHECK(both.steps.size() - before <= 2);
    CHECK(both.view.replicas == 8);
}

TEST_CASE("the file that is left wins soon after the other is gone", "[engine][peers]") {
    auto policy = one_more();
    policy.max = 5;
    policy.cooldown = {.up = 30s, .down = 60s};
    engine_rig rig(file_of({policy}), named("new"));
    rig.tick();
    auto view = a_service(5);
    rig.look(view);
    rig.now = t0 + 10s;
    view.replicas = 6;
    view.state = service_state{};
    view.state->sequence = 1;
    view.state->writer = "old.1";
    view.state->over_version = view.version++;
    view.state->last_set = 6;
    view.state->last_up = rig.now;
    view.state->changes = {{rig.now, 1}};
    view.state->policy_hash = "old";
    auto const held = rig.look(view);
    CHECK(held.why == reason::bounds_conflict);
    REQUIRE_FALSE(held.trace.empty());
    CHECK(held.trace.back().stage == "conflict");
    CHECK(held.trace.back().why.find("old by old.1") != std::string::npos);
    rig.sleep_until(t0 + 70s - 1ms);
    CHECK(rig.look(view).why == reason::bounds_conflict);
    rig.now = t0 + 70s;
    rig.look(view);
    CHECK(rig.take_update().replicas == 5);
}

TEST_CASE("opposite rules of two files: the one that gives prevails", "[engine][peers]") {
    auto more = one_more();
    more.cooldown = {.up = 30s, .down = 30s};
    auto less = more;
    less.rules = {on_alert("x", "X", by(-1))};
    auto const second = file_of({less});
    second->hash = "another";
    peers both(3);
    both.add("more", file_of({more}), 0s);
    both.add("less", second, -2s);
    both.live(2s);
    both.hear({"X"});
    both.live(1h);
    CHECK(both.view.replicas >= 9);
    CHECK(both.steps.size() <= 40);
}

TEST_CASE(
    "a label that a rollback has put back is no news, and what is written on it is", "[engine][peers]"
) {
    engine_rig a(with_cooldown(), named("a", 0s));
    a.tick();
    auto const first = a_service(2);
    a.look(first);
    auto const theirs = [](service_view view, std::uint64_t sequence, std::string writer, time_point at) {
        service_state state = view.state.value_or(service_state{});
        state.sequence = sequence;
        state.writer = std::move(writer);
        state.over_version = view.version++;
        state.last_set = ++view.replicas;
        state.last_up = at;
        append(state.changes, {.at = at, .delta = 1});
        view.running = view.replicas;
        view.update = update_state::none;
        view.previous_state = std::exchange(view.state, state);
        return view;
    };
    a.now = t0 + 10s;
    auto const one = theirs(first, 1, "b.1", a.now);
    a.look(one);
    a.now = t0 + 100s;
    auto const two = theirs(one, 2, "b.2", a.now);
    a.look(two);
    a.now = t0 + 110s;
    auto const back = roll_back(two, one);
    a.hear({firing("X")});
    CHECK(a.look(back).why == reason::cooldown_up); // by the step that was undone, and the rollback
    CHECK(a.machine.services(a.now).front().cooldown_up_until == t0 + 170s);
    a.now = t0 + 150s;
    INFO("c has missed the step that was undone: it counts on from 1");
    auto const three = theirs(back, 2, "c.1", a.now);
    CHECK(a.look(three).why == reason::cooldown_up);
    CHECK(a.machine.services(a.now).front().cooldown_up_until == t0 + 210s);
    a.now = t0 + 210s;
    a.look(three);
    auto const write = a.take_update();
    CHECK(write.state.sequence == 3);
    CHECK(write.state.over_version == three.version);
}

TEST_CASE("after a rollback a fresh instance does not trust the times of the label", "[engine][peers]") {
    engine_rig before(with_cooldown(), named("before"));
    before.hear({firing("X")});
    auto const first = a_service(2);
    before.look(first);
    auto const back = roll_back(before.accept(first), first);
    engine_rig rig(with_cooldown(), named("after"));
    rig.now = t0 + 1s;
    rig.hear({firing("X")});
    CHECK(rig.look(back).why == reason::cooldown_up);
    rig.now = t0 + 61s;
    rig.look(back);
    CHECK(rig.take_update().replicas == 3);
}

TEST_CASE("a second rollback may hide a step just as the first", "[engine][peers]") {
    engine_rig rig(with_cooldown(), named("me"));
    auto const first = a_service(2);
    rig.tick();
    rig.look(first);
    auto const once = roll_back(first, first);
    rig.now = t0 + 1s;
    rig.look(once); // ups wait
    rig.now = t0 + 100s;
    rig.look(once);                     // no longer
    auto twice = roll_back(once, once); // what another has stepped in between is undone
    twice.version += 2;
    rig.now = t0 + 101s;
    rig.hear({firing("X", rig.now)});
    CHECK(rig.look(twice).why == reason::cooldown_up);
}

TEST_CASE("a rollback by hand may hide a step that followed a rollout", "[engine][peers]") {
    engine_rig rig(with_cooldown(), named("me"));
    auto rolling = a_service(2);
    rolling.update = update_state::updating;
    rig.tick();
    rig.look(rolling);
    auto back = roll_back(rolling, a_service(2)); // the rollout was over, and another has stepped
    back.version += 3;
    SECTION("by hand") {
        back.previous_replicas = 3;
        rig.hear({firing("X")});
        CHECK(rig.look(back).why == reason::cooldown_up);
    }
    SECTION("by Swarm, for nobody steps into a rollout") {
        rig.hear({firing("X")});
        rig.look(back);
        CHECK(rig.take_update().replicas == 3);
    }
}

TEST_CASE("what was kept locally outlives a rollback that puts an older label back", "[engine][peers]") {
    engine_rig before(with_cooldown(300s), named("before"));
    before.hear({firing("X")});
    before.look(a_service(2));
    auto const one = before.accept(a_service(2));
    before.look(one);
    before.now = t0 + 300s;
    before.look(one);
    auto const two = before.accept(one);
    before.look(two);
    history kept;
    before.machine.visit_memories([&](auto, auto, history const& memory) { kept = memory; });
    auto back = roll_back(two, one);
    back.update = update_state::none; // somebody has written since
    engine_rig rig(with_cooldown(300s), named("after"));
    rig.machine.preload("id1", "", kept);
    rig.now = t0 + 310s;
    rig.hear({firing("X")});
    CHECK(rig.look(back).why == reason::cooldown_up);
    CHECK(rig.machine.services(rig.now).front().cooldown_up_until >= t0 + 600s);
}

TEST_CASE("a lost reply whose write another has written over is told as ours", "[engine][peers]") {
    engine_rig a(with_cooldown(), named("a", 0s));
    a.hear({firing("X")});
    auto const first = a_service(2);
    a.look(first);
    auto const write = a.take_update();
    a.finish(update_result::unknown, "timeout");
    a.records.clear();
    auto view = written(first, write);
    engine_rig b(file_of({a_policy({on_alert("y", "Y", by(2))})}), named("b", 0s));
    b.now = t0 + 500ms;
    b.hear({firing("Y")});
    b.look(view);
    view = b.accept(view);
    a.sleep();
    a.look(view);
    CHECK(a.updates.empty());
    auto const act = a.take_record();
    CHECK(act.action == decided_action::up);
    CHECK(act.to == 3);
    history known;
    a.machine.visit_memories([&](auto, auto, history const& memory) { known = memory; });
    CHECK(known.sequence == 2);
    CHECK(known.changes.size() == 2);
    CHECK(known.last_set == 5);
}

TEST_CASE("a change by hand that two have seen is one change in the label", "[engine][peers]") {
    peers both(3);
    both.add("a", with_cooldown(5s, 5s), 0s);
    both.add("b", with_cooldown(5s, 5s), 2s);
    both.live(3s);
    both.view.replicas = 6;
    both.view.running = 6;
    ++both.view.version;
    both.live(10s);
    both.hear({"X"});
    both.live(20s);
    REQUIRE(both.view.state);
    std::int64_t sum = 0;
    for (auto const& change : both.view.state->changes)
        sum += change.delta;
    CHECK(sum == both.view.replicas - 3);
    CHECK(std::ranges::count(both.view.state->changes, 3, &replica_change::delta) == 1);
}
