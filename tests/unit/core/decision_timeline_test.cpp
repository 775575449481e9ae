// What each decision promises, whatever happens: random policies in a random world, each from a fixed seed.
#include "support/catch.hpp"
#include "support/decision_world.hpp"

using namespace autoscaler::policy;
using namespace autoscaler::policy::testing;

namespace {

// What must have been met often enough for the promises to mean something.
constexpr reason important[] = {
    reason::alert,
    reason::threshold,
    reason::target,
    reason::give_back,
    reason::resolved,
    reason::fallback,
    reason::bounds_max,
    reason::bounds_min,
    reason::restored_after_deploy,
    reason::node_joined,
    reason::in_band,
    reason::within_tolerance,
    reason::for_pending,
    reason::already_acted,
    reason::veto,
    reason::silenced,
    reason::cooldown_up,
    reason::cooldown_down,
    reason::action_cooldown,
    reason::not_converged,
    reason::unschedulable,
    reason::crash_looping,
    reason::warmup,
    reason::missing_data,
    reason::source_lost,
    reason::direction_flip,
    reason::stabilized_up,
    reason::stabilized_down,
    reason::rate_limited_up,
    reason::rate_limited_down,
    reason::direction_disabled,
    reason::at_max,
    reason::at_min,
    reason::bounds_conflict,
    reason::paused,
    reason::not_replicated,
    reason::update_in_progress,
    reason::not_opted_in,
    reason::disabled_at_zero,
};

} // namespace

TEST_CASE("whatever happens, each decision keeps its promises", "[timeline]") {
    std::map<reason, int> reasons;
    int writes = 0;
    for (unsigned seed = 1; seed <= 40; ++seed) {
        CAPTURE(seed);
        decision_world world(seed);
        world.live(200);
        for (auto const& broken : world.violations())
            FAIL_CHECK(broken);
        for (auto const& [why, count] : world.reasons())
            reasons[why] += count;
        writes += world.writes();
    }
    CHECK(writes > 1000); // else nothing was proved
    for (auto const why : important) {
        CAPTURE(to_string(why));
        CHECK(reasons[why] > 5);
    }
}

TEST_CASE("whatever happens, a decision in dry run moves nothing", "[timeline]") {
    int withheld = 0;
    for (unsigned seed = 1; seed <= 8; ++seed) {
        CAPTURE(seed);
        decision_world world(seed, true);
        world.live(200);
        for (auto const& broken : world.violations())
            FAIL_CHECK(broken);
        CHECK(world.writes() == 0);
        withheld += world.reasons().contains(reason::dry_run) ? world.reasons().at(reason::dry_run) : 0;
    }
    CHECK(withheld > 100);
}
