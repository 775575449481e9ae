// What the engine promises with the whole language, whatever happens: a random world with a Prometheus, each
// from a fixed seed.
#include "support/catch.hpp"
#include "support/polled_world.hpp"

using namespace autoscaler::policy;
using namespace autoscaler::policy::testing;

namespace {

void check_promises(polled_world const& world) {
    for (auto const& broken : world.violations())
        FAIL_CHECK(broken);
}

} // namespace

TEST_CASE("whatever happens around it, the engine moves services on what it was told", "[timeline]") {
    std::map<reason, int> reasons;
    std::map<std::string, int> asked;
    for (unsigned seed = 1; seed <= 20; ++seed) {
        CAPTURE(seed);
        polled_world world(seed);
        world.live(10min);
        check_promises(world);
        for (auto const& [why, count] : world.reasons())
            reasons[why] += count;
        for (auto const& [what, count] : world.asked())
            asked[what] += count;
    }
    for (auto const* what : {"inspect", "update", "query", "list", "post", "record"}) {
        CAPTURE(what);
        CHECK(asked[what] > 10); // else nothing was proved
    }
    for (auto const why :
         {reason::alert,
          reason::threshold,
          reason::target,
          reason::give_back,
          reason::resolved,
          reason::fallback,
          reason::restored_after_deploy,
          reason::bounds_max,
          reason::bounds_min,
          reason::node_joined,
          reason::missing_data,
          reason::source_lost,
          reason::for_pending,
          reason::cooldown_up,
          reason::cooldown_down,
          reason::stabilized_down,
          reason::rate_limited_up,
          reason::update_in_progress,
          reason::paused,
          reason::dry_run,
          reason::not_opted_in,
          reason::swarm_unavailable,
          reason::action_failed}) {
        CAPTURE(to_string(why));
        CHECK(reasons[why] > 0);
    }
}

TEST_CASE("another engine that hears the same asks for the same", "[timeline]") {
    for (unsigned seed = 101; seed <= 102; ++seed) {
        CAPTURE(seed);
        polled_world world(seed);
        world.live(10min);
        check_promises(world);
        CHECK(world.asked().at("update") > 0);
        CHECK(world.replays());
    }
}

TEST_CASE("a daemon in dry run writes and posts nothing, whatever it is told", "[timeline]") {
    for (unsigned seed = 201; seed <= 202; ++seed) {
        CAPTURE(seed);
        polled_world world(seed, true);
        world.live(10min);
        check_promises(world);
        CHECK_FALSE(world.asked().contains("update"));
        CHECK_FALSE(world.asked().contains("post"));
        CHECK(world.reasons().at(reason::dry_run) > 0);
    }
}
