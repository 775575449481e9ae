// A deploy is never disturbed, and the step that the alert asks for follows it.
#include "instance.hpp"
#include "simulated_swarm.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <string>

using namespace autoscaler::tests;
namespace model = autoscaler::swarm::model;
using autoscaler::policy::decided_action;
using autoscaler::policy::reason;
using model::update_state;
using std::chrono::milliseconds;
using counts = std::vector<std::uint64_t>;

namespace {

constexpr auto policy_text = "policies: [{alert: HighLoad, service: web, scale: +1, max: 10, cooldown: 1h}]";

model::scenario web_with(model::failure_action on_failure) {
    auto made = quick_web();
    model::update_config config;
    config.delay = milliseconds(200);
    config.monitor = milliseconds(50);
    config.on_failure = on_failure;
    made.services.front().spec.update = config;
    made.services.front().spec.rollback = config;
    made.images["web:bad"].missing = true;
    return made;
}

bool is(simulated_swarm& swarm, update_state state) {
    auto const& status = swarm.service("web").status;
    return status && status->state == state;
}

// From the deploy of `image` on, until its rollout was over, nobody wrote but the orchestrator.
bool undisturbed(simulated_swarm& swarm, std::string_view image, update_state end) {
    auto const& all = swarm.history("web");
    auto const deploy = std::ranges::find_if(all, [&](auto& seen) { return seen.spec.task.image == image; });
    auto const over = std::find_if(deploy, all.end(), [&](auto& seen) { return seen.update == end; });
    if (over == all.end())
        return false;
    return std::all_of(deploy + 1, over, [&](auto& seen) {
        return seen.update.has_value() && seen.spec.replicas == deploy->spec.replicas;
    });
}

} // namespace

TEST_CASE("a rolling update is left alone, and the step follows its end", "[daemon][rollouts]") {
    loop runs;
    simulated_swarm swarm(runs, web_with(model::failure_action::pause));
    instance daemon(runs, swarm.socket(), {.policy = policy_text});
    REQUIRE(runs.until([&] { return daemon.status().last_decision.has_value() && swarm.settled("web"); }));
    swarm.change("web", [](auto& spec) { spec.task.image = "web:next"; });
    CHECK(daemon.deliver(firing("HighLoad")) == 200);
    REQUIRE(runs.until([&] { return daemon.recorded(reason::update_in_progress) == 1; }));
    CHECK(daemon.decisions().back().would == 3);
    CHECK(swarm.counts("web") == counts{2});

    REQUIRE(runs.until([&] { return daemon.recorded(decided_action::up) == 1; }));
    REQUIRE(daemon.looks_again());
    CHECK(swarm.counts("web") == counts{2, 3});
    CHECK(undisturbed(swarm, "web:next", update_state::completed));
    REQUIRE(runs.until([&] { return swarm.settled("web"); }));
}

TEST_CASE("a paused update is left alone until somebody has finished it", "[daemon][rollouts]") {
    loop runs;
    simulated_swarm swarm(runs, web_with(model::failure_action::pause));
    instance daemon(runs, swarm.socket(), {.policy = policy_text});
    REQUIRE(runs.until([&] { return daemon.status().last_decision.has_value() && swarm.settled("web"); }));
    swarm.change("web", [](auto& spec) { spec.task.image = "web:bad"; });
    CHECK(daemon.deliver(firing("HighLoad")) == 200);
    REQUIRE(runs.until([&] { return is(swarm, update_state::paused); }));
    REQUIRE(daemon.looks_again());
    CHECK(daemon.recorded(reason::update_in_progress) >= 1);
    CHECK(swarm.seen(operation::update_service) == 0);

    swarm.change("web", [](auto& spec) { spec.task.image = "web:good"; });
    REQUIRE(runs.until([&] { return daemon.recorded(decided_action::up) == 1; }));
    REQUIRE(daemon.looks_again());
    CHECK(swarm.counts("web") == counts{2, 3});
    CHECK(swarm.service("web").spec.task.image == "web:good");
}

TEST_CASE("a failing image rolls back to the good one while the alert fires", "[daemon][rollouts]") {
    loop runs;
    simulated_swarm swarm(runs, web_with(model::failure_action::rollback));
    instance daemon(
        runs,
        swarm.socket(),
        {.policy =
             "policies: [{alert: HighLoad, service: web, scale: +1, max: 4, cooldown: {up: 50ms, down: 1h}}]"}
    );
    CHECK(daemon.deliver(firing("HighLoad")) == 200);
    REQUIRE(runs.until([&] { return swarm.service("web").spec.replicas == 3; }));
    swarm.change("web", [](auto& spec) { spec.task.image = "web:bad"; });
    REQUIRE(runs.until([&] { return is(swarm, update_state::rollback_completed); }));
    CHECK(undisturbed(swarm, "web:bad", update_state::rollback_completed));
    CHECK(swarm.service("web").spec.task.image == "web:good");

    REQUIRE(runs.until([&] { return daemon.recorded(reason::at_max) > 0; }));
    REQUIRE(daemon.looks_again());
    CHECK(swarm.counts("web") == counts{2, 3, 4});
    CHECK(daemon.recorded(decided_action::up) == 2);
    CHECK(swarm.service("web").spec.task.image == "web:good");
    CHECK(runs.until([&] { return swarm.settled("web"); }));
}
