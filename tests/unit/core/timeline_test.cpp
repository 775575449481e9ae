// What the engine promises, whatever happens: random timelines of a small world, each from a fixed seed.
#include "support/catch.hpp"
#include "support/small_world.hpp"

using namespace autoscaler::policy;
using namespace autoscaler::policy::testing;

namespace {

void check_promises(small_world const& world) {
    for (auto const& broken : world.violations())
        FAIL_CHECK(broken);
}

} // namespace

TEST_CASE(
    "whatever happens, bounds, cooldowns, directions, rollouts, silences and pauses are respected",
    "[timeline]"
) {
    int writes = 0;
    bool silenced = false;
    for (unsigned seed = 1; seed <= 10; ++seed) {
        CAPTURE(seed);
        small_world world({.seed = seed});
        world.live(30min);
        check_promises(world);
        writes += world.writes();
        silenced = silenced || world.journal().find("record silenced") != std::string::npos;
    }
    CHECK(writes > 250); // else nothing was proved
    CHECK(silenced);
}

TEST_CASE("whatever happens between two autoscalers, nothing is stepped twice", "[timeline]") {
    int writes = 0;
    for (unsigned seed = 1; seed <= 6; ++seed) {
        CAPTURE(seed);
        small_world world({.seed = seed, .instances = 2, .deploys = false});
        world.live(30min);
        check_promises(world);
        writes += world.writes();
    }
    CHECK(writes > 250);
}

TEST_CASE("when all has calmed down, an alert that fires on is followed to the maximum", "[timeline]") {
    for (unsigned seed = 1; seed <= 8; ++seed) {
        CAPTURE(seed);
        bool const alone = seed % 2 == 1;
        small_world world({.seed = seed, .instances = alone ? 1 : 2, .deploys = alone});
        world.live(10min);
        world.calm_down(30min);
        check_promises(world);
        CHECK(world.replicas() == world.max());
    }
}

TEST_CASE("a daemon in dry run writes nothing, whatever happens", "[timeline]") {
    for (unsigned seed = 1; seed <= 2; ++seed) {
        CAPTURE(seed);
        small_world world({.seed = seed, .dry_run = true});
        world.live(30min);
        check_promises(world);
        CHECK(world.writes() == 0);
        CHECK(world.journal().find("record dry_run") != std::string::npos);
    }
}

TEST_CASE("the same events lead to the same actions", "[timeline]") {
    for (unsigned seed = 1; seed <= 2; ++seed) {
        CAPTURE(seed);
        small_world first({.seed = seed, .instances = 2});
        small_world second({.seed = seed, .instances = 2});
        first.live(10min);
        second.live(10min);
        CHECK(first.journal() == second.journal());
        CHECK(first.journal().size() > 1000);
    }
}
