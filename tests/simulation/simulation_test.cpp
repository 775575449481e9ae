// Tests of the simulation itself: it finds mistakes that are planted, it is the same each time, and it shows
// engines what the client would.
#include "server/driver/adapt.hpp"
#include "support/catch.hpp"
#include "swarm_client/simulated/views.hpp"
#include "swarm_client/spec_codec.hpp"
#include "swarm_client/task_codec.hpp"
#include "tests/simulation/world.hpp"

#include <nlohmann/json.hpp>

using namespace autoscaler;
using namespace autoscaler::simulation;

namespace {

// The first seed whose world finds the mistake, and what it says.
std::pair<std::uint64_t, std::string> first_to_find(planted_bug bug, std::uint64_t seeds) {
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
        world one({.seed = seed, .bug = bug});
        one.run();
        if (!one.violations().empty())
            return {seed, one.violations().front()};
    }
    return {0, ""};
}

// What the daemon would make of the engine's answers about the same service.
policy::service_view by_the_client(model::cluster const& swarm, model::service const& of, time_point now) {
    auto const seen =
        swarm::decode_service(swarm::simulated::service_view(swarm, of, false).dump(-1, ' ', false));
    REQUIRE(seen.has_value());
    auto all = nlohmann::json::array();
    for (auto const* each : swarm.tasks_of(of))
        all.push_back(swarm::simulated::task_view(swarm, *each));
    auto counts = swarm::decode_tasks(all.dump(), of.id);
    REQUIRE(counts.has_value());
    if (counts->running < of.spec.replicas && counts->stuck == swarm::stuck_tasks::none &&
        swarm::shows_crash_loop(all.dump(), of.id))
        counts->stuck = swarm::stuck_tasks::crash_looping;
    return server::adapt(*seen, *counts, now);
}

void check_alike(policy::service_view const& shown, policy::service_view const& wanted) {
    CHECK(shown.id == wanted.id);
    CHECK(shown.name == wanted.name);
    CHECK(shown.version == wanted.version);
    CHECK(shown.mode == wanted.mode);
    CHECK(shown.replicas == wanted.replicas);
    CHECK(shown.running == wanted.running);
    CHECK(shown.update == wanted.update);
    CHECK(shown.deploy_in_flight == wanted.deploy_in_flight);
    CHECK(shown.pause == wanted.pause);
    CHECK(shown.opted_in == wanted.opted_in);
    CHECK(shown.stuck == wanted.stuck);
    CHECK(shown.rollback_at_risk == wanted.rollback_at_risk);
    CHECK(shown.state == wanted.state);
    CHECK(shown.previous_state == wanted.previous_state);
}

} // namespace

TEST_CASE("engines are shown what the client reads out of the engine's answers", "[simulation]") {
    int compared = 0;
    for (std::uint64_t seed = 1; seed <= 8; ++seed) {
        CAPTURE(seed);
        auto const compare = [&compared](model::cluster const& swarm, time_point now) {
            swarm_face face(swarm);
            for (auto const* each : swarm.services()) {
                if (each->spec.mode != model::service_mode::replicated)
                    continue;
                auto const shown = face.inspect(each->spec.name, true, now);
                REQUIRE(shown.has_value());
                check_alike(shown->view, by_the_client(swarm, *each, now));
                ++compared;
            }
        };
        world one({.seed = seed, .each_minute = compare});
        one.run();
    }
    CHECK(compared > 100);
}

TEST_CASE("a write without its version is found", "[simulation]") {
    auto const [seed, what] = first_to_find(planted_bug::write_without_version, 5);
    INFO(what);
    CHECK(seed != 0);
}

TEST_CASE("replicas and state in two writes are found", "[simulation]") {
    auto const [seed, what] = first_to_find(planted_bug::two_writes, 5);
    INFO(what);
    CHECK(seed != 0);
}

TEST_CASE("a label that is trusted after a rollback is found", "[simulation]") {
    auto const [seed, what] = first_to_find(planted_bug::trusted_rollback, 100);
    INFO(what);
    CHECK(seed != 0);
}

TEST_CASE("the same seed gives the same journal, another one another", "[simulation]") {
    std::vector<std::uint64_t> stories;
    for (std::uint64_t const seed : {7U, 7U, 8U}) {
        world one({.seed = seed});
        one.run();
        stories.push_back(one.story().hash());
        CHECK(one.story().lines().size() == 40);
    }
    CHECK(stories[0] == stories[1]);
    CHECK(stories[0] != stories[2]);
}
