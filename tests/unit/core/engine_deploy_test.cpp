// How the engine tells a deploy from everything else that changes a service.
#include "support/catch.hpp"
#include "support/engine_rig.hpp"

using namespace autoscaler::policy;
using namespace autoscaler::policy::testing;

namespace {

service_policy restoring() {
    auto policy = one_more();
    policy.on_external = external_mode::restore;
    return policy;
}

// `docker stack deploy` with this count: the label goes to PreviousSpec, if there was one.
service_view deploy(service_view view, std::int64_t replicas) {
    ++view.version;
    ++view.template_digest;
    view.replicas = view.running.emplace(replicas);
    view.previous_state = std::exchange(view.state, std::nullopt);
    return view;
}

service_view scale(service_view view, std::int64_t replicas) {
    ++view.version;
    view.replicas = view.running.emplace(replicas);
    view.previous_state = view.state;
    return view;
}

// An engine that has written 4 replicas.
struct scaled : engine_rig {
    service_view view = a_service(3);

    explicit scaled(service_policy const& policy = restoring()) : engine_rig(file_of({policy})) {
        hear({firing("X")});
        look(view);
        view = accept(view);
        hear({resolved("X", now)});
        look(view);
        inspects.clear();
        now += 1s;
        tick();
        if (!inspects.empty())
            look(view);
    }

    // What the engine writes after it has seen `seen`; nothing where it writes nothing.
    std::optional<std::int64_t> written_after(service_view seen) {
        now += 1s;
        changed(seen.id);
        look(std::move(seen));
        if (updates.empty())
            return {};
        auto const what = take_update();
        return what.replicas;
    }
};

} // namespace

TEST_CASE("what a deploy has lowered is put back, what an operator has lowered is not", "[engine][deploy]") {
    scaled rig;
    CHECK(rig.written_after(deploy(rig.view, 1)) == 4);
    scaled other;
    CHECK_FALSE(other.written_after(scale(other.view, 1)));
}

TEST_CASE("a change of the task template alone is a deploy", "[engine][deploy]") {
    scaled rig;
    auto view = scale(rig.view, 1);
    ++view.template_digest;
    CHECK(rig.written_after(view) == 4);
}

TEST_CASE("a label that is taken off alone is a deploy", "[engine][deploy]") {
    scaled rig;
    auto view = scale(rig.view, 1);
    view.state.reset();
    CHECK(rig.written_after(view) == 4);
}

TEST_CASE("a deploy that kept the count is forgotten: who lowers it later means it", "[engine][deploy]") {
    scaled rig;
    auto view = deploy(rig.view, 4);
    CHECK_FALSE(rig.written_after(view));
    CHECK_FALSE(rig.written_after(scale(view, 2)));
    CHECK(rig.last().from == 2);
}

TEST_CASE("a deploy is remembered while its rollout holds", "[engine][deploy]") {
    scaled rig;
    auto view = deploy(rig.view, 1);
    view.update = update_state::updating;
    CHECK_FALSE(rig.written_after(view));
    CHECK(rig.last().why == reason::update_in_progress);
    CHECK(rig.last().would == 4);
    view.update = update_state::completed;
    ++view.version;
    CHECK(rig.written_after(view) == 4);
}

TEST_CASE("a deploy is forgotten by the write that puts back", "[engine][deploy]") {
    scaled rig;
    auto view = deploy(rig.view, 1);
    rig.now += 1s;
    rig.changed(view.id);
    rig.look(view);
    view = rig.accept(view);
    CHECK(view.replicas == 4);
    rig.look(view);
    CHECK_FALSE(rig.written_after(scale(view, 2)));
}

TEST_CASE("a write of another autoscaler is no deploy, even where it restarts", "[engine][deploy]") {
    scaled rig;
    auto view = scale(rig.view, 1);
    ++view.template_digest;
    view.state->sequence = 2;
    view.state->over_version = rig.view.version;
    view.state->writer = "other.1";
    view.state->last_set = 1;
    CHECK_FALSE(rig.written_after(view));
    CHECK(rig.last().from == 1);
}

TEST_CASE("a deploy after another autoscaler's step puts its count back", "[engine][deploy]") {
    scaled rig;
    auto theirs = rig.view;
    theirs.state->sequence = 2;
    theirs.state->over_version = rig.view.version;
    theirs.state->writer = "other.1";
    theirs.state->last_set = 7;
    theirs.replicas = 7;
    CHECK(rig.written_after(deploy(theirs, 1)) == 7);
}

TEST_CASE("after a restart a deploy is known by the label in PreviousSpec", "[engine][deploy]") {
    scaled before;
    engine_rig rig(file_of({restoring()}), {.instance = "again"});
    rig.now = t0 + 1min;
    rig.tick();
    rig.look(deploy(before.view, 1));
    auto const write = rig.take_update();
    CHECK(write.replicas == 4);
    CHECK(write.what.why == reason::restored_after_deploy);
}

TEST_CASE("our own restart is no deploy", "[engine][deploy]") {
    auto policy = restoring();
    policy.rules.push_back(act_on("r", action_rule::kind::restart, "R"));
    scaled rig(policy);
    rig.hear({firing("R")});
    rig.look(rig.view);
    REQUIRE(rig.updates.size() == 1);
    CHECK(rig.updates.front().restart);
    ++rig.view.template_digest; // ForceUpdate is part of it
    rig.view = rig.accept(rig.view);
    rig.look(rig.view);
    CHECK_FALSE(rig.written_after(scale(rig.view, 2)));
}

TEST_CASE("an act in between does not make a deploy's count ours", "[engine][deploy]") {
    auto policy = restoring();
    policy.rules.push_back(act_on("h", action_rule::kind::webhook, "H"));
    scaled rig(policy);
    auto view = deploy(rig.view, 1);
    view.pause = pause_mode::up;
    CHECK_FALSE(rig.written_after(view));
    CHECK(rig.last().why == reason::paused);
    rig.hear({firing("H")});
    rig.look(view);
    view = rig.accept(view);
    CHECK(view.replicas == 1);
    rig.look(view);
    view.pause = pause_mode::none;
    ++view.version;
    CHECK(rig.written_after(view) == 4);
}
