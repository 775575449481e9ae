// The end of the daemon: no call keeps it, no coroutine outlives it (the sanitizer would tell).
#include "instance.hpp"
#include "simulated_swarm.hpp"
#include "support/catch.hpp"

#include <string>

using namespace autoscaler::tests;
using std::chrono::milliseconds;
using counts = std::vector<std::uint64_t>;

namespace {

// No call ever runs out of time by itself.
setting const endless{
    .policy = "policies: [{alert: HighLoad, service: web, scale: +1, max: 10, cooldown: 1h}]",
    .request = std::chrono::hours(1),
};

} // namespace

TEST_CASE("a daemon stops while the engine keeps silent", "[daemon][stop]") {
    auto const where = GENERATE(
        operation::ping,
        operation::list_services,
        operation::inspect_service,
        operation::list_tasks,
        operation::update_service,
        operation::events
    );
    INFO(to_string(where));
    loop runs;
    simulated_swarm swarm(runs, quick_web());
    swarm.stall(where, std::chrono::minutes(10), 100);
    instance daemon(runs, swarm.socket(), endless);
    CHECK(daemon.deliver(firing("HighLoad")) == 200);
    REQUIRE(runs.until([&] { return swarm.seen(where) >= 1; }));
    CHECK(daemon.stop(milliseconds(50)));
}

TEST_CASE("a daemon stops while there is no engine", "[daemon][stop]") {
    loop runs;
    simulated_swarm swarm(runs, quick_web());
    swarm.stop();
    instance daemon(runs, swarm.socket(), endless);
    CHECK(daemon.deliver(firing("HighLoad")) == 200);
    REQUIRE(runs.until([&] { return daemon.calls("inspect") >= 1; }));
    CHECK(daemon.stop(milliseconds(50)));
}

TEST_CASE("a daemon stops at once after its start", "[daemon][stop]") {
    loop runs;
    simulated_swarm swarm(runs, quick_web());
    instance daemon(runs, swarm.socket(), endless);
    CHECK(daemon.stop(milliseconds(50)));
    CHECK(swarm.counts("web") == counts{2});
}

TEST_CASE("a write under way is let finish before the end", "[daemon][stop]") {
    loop runs;
    simulated_swarm swarm(runs, quick_web());
    swarm.stall(operation::update_service, milliseconds(200));
    instance daemon(runs, swarm.socket(), endless);
    CHECK(daemon.deliver(firing("HighLoad")) == 200);
    REQUIRE(runs.until([&] { return swarm.seen(operation::update_service) == 1; }));
    CHECK(daemon.stop(patience));
    CHECK(daemon.calls("update", "ok") == 1);
    CHECK(swarm.counts("web") == counts{2, 3});
}
