// Rules that ask Prometheus, from the query to Swarm.
#include "instance.hpp"
#include "scripted_prometheus.hpp"
#include "simulated_swarm.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <memory>
#include <string>

using namespace autoscaler::tests;
using autoscaler::policy::decided_action;
using autoscaler::policy::reason;
using std::chrono::milliseconds;
using counts = std::vector<std::uint64_t>;

namespace {

std::string const steps = R"(
policies:
- service: web
  min: 2
  max: 4
  cooldown: {up: 50ms, down: 50ms}
  query: avg(cpu{service="$service"})
  every: 30ms
  steps: [{when: '> 20', scale: +1}, {when: '< 10', scale: -1}]
)";

std::string const by_alert = R"(
policies: [{alert: HighLoad, service: web, scale: +1, max: 10, cooldown: 1h}]
)";

bool asks_again(loop& runs, instance const& daemon, std::size_t times = 3) {
    auto const before = daemon.queries();
    return runs.until([&] { return daemon.queries() >= before + times; });
}

} // namespace

TEST_CASE("a step rule on a query takes a service up and down again within its bounds", "[daemon][queries]") {
    loop runs;
    simulated_swarm swarm(runs, quick_web());
    scripted_prometheus prometheus(runs);
    prometheus.value = 90;
    instance daemon(runs, swarm.socket(), {.policy = prometheus.section() + steps});
    REQUIRE(runs.until([&] { return swarm.counts("web") == counts{2, 3, 4}; }));
    REQUIRE(runs.until([&] { return daemon.recorded(reason::at_max) > 0; }));
    prometheus.value = 15;
    REQUIRE(asks_again(runs, daemon));
    CHECK(swarm.counts("web") == counts{2, 3, 4});
    prometheus.value = 5;
    REQUIRE(runs.until([&] { return swarm.counts("web") == counts{2, 3, 4, 3, 2}; }));
    REQUIRE(asks_again(runs, daemon));
    CHECK(swarm.counts("web") == counts{2, 3, 4, 3, 2});
    CHECK(daemon.recorded(reason::threshold) >= 4);
    CHECK(daemon.queries(true) == 0);
    CHECK(prometheus.queries().front() == R"(avg(cpu{service="web"}))");
    auto const& values = daemon.decisions().back().values;
    REQUIRE(values.size() == 1);
    CHECK(values[0].value == 5);
}

TEST_CASE("a target rule goes to its count at once, and back", "[daemon][queries]") {
    loop runs;
    simulated_swarm swarm(runs, quick_web());
    scripted_prometheus prometheus(runs);
    prometheus.value = 35;
    instance daemon(
        runs,
        swarm.socket(),
        {.policy =
             prometheus.section() +
             "policies: [{service: web, max: 10, cooldown: 0s, stabilize: {down: 0s}, query: sum(jobs), "
             "every: 30ms, target: 10, mode: total, tolerance: 0}]"}
    );
    REQUIRE(runs.until([&] { return swarm.counts("web") == counts{2, 4}; }));
    prometheus.value = 12;
    REQUIRE(runs.until([&] { return swarm.counts("web") == counts{2, 4, 2}; }));
    REQUIRE(asks_again(runs, daemon));
    CHECK(swarm.counts("web") == counts{2, 4, 2});
}

TEST_CASE("a prometheus that fails moves nothing, and alerts go on", "[daemon][queries]") {
    auto const how = GENERATE(mood::fails, mood::silent, mood::empty);
    loop runs;
    simulated_swarm swarm(runs, quick_web());
    scripted_prometheus prometheus(runs);
    prometheus.now = how;
    prometheus.value = 5;
    instance daemon(runs, swarm.socket(), {.policy = prometheus.section("60ms") + R"(
policies:
- service: web
  max: 9
  cooldown: {up: 50ms, down: 0s}
  rules:
  - {name: cpu, query: cpu, every: 30ms, steps: [{when: '> 20', scale: +1}, {when: '< 10', scale: -1}]}
  - {alert: HighLoad, scale: +1, repeat: false}
)"});
    REQUIRE(asks_again(runs, daemon));
    REQUIRE(runs.until([&] { return daemon.recorded(reason::missing_data) > 0; }));
    CHECK(daemon.deliver(firing("HighLoad")) == 200);
    REQUIRE(runs.until([&] { return daemon.recorded(decided_action::up) == 1; }));
    REQUIRE(asks_again(runs, daemon));
    CHECK(swarm.counts("web") == counts{2, 3});
    CHECK((daemon.queries(true) == 0) == (how == mood::empty));

    prometheus.now = mood::answers; // it is back, and asked again without any help
    prometheus.value = 90;
    REQUIRE(runs.until([&] { return daemon.recorded(reason::threshold) > 0; }));
}

TEST_CASE("a reload with another prometheus is followed by questions under way, too", "[daemon][queries]") {
    loop runs;
    simulated_swarm swarm(runs, quick_web());
    scripted_prometheus mute(runs);
    mute.now = mood::silent;
    scripted_prometheus other(runs);
    other.value = 90;
    instance daemon(runs, swarm.socket(), {.policy = mute.section("1m") + steps});
    REQUIRE(runs.until([&] { return !mute.queries().empty() && mute.lists() == 1; }));
    daemon.reload(other.section() + steps);
    REQUIRE(runs.until([&] { return swarm.counts("web") == counts{2, 3, 4}; }));
    CHECK(other.lists() >= 1);
    CHECK(daemon.queries(true) == 0);
    CHECK(mute.queries().size() == 1);

    daemon.reload("policies: [{alert: HighLoad, service: web, scale: +1, max: 4, cooldown: 1h}]");
    auto const asked = other.queries().size();
    REQUIRE(daemon.looks_again());
    CHECK(other.queries().size() <= asked + 1); // the one that was under way
}

TEST_CASE("a reload with the same prometheus keeps the questions under way", "[daemon][queries]") {
    loop runs;
    simulated_swarm swarm(runs, quick_web());
    scripted_prometheus mute(runs);
    mute.now = mood::silent;
    instance daemon(runs, swarm.socket(), {.policy = mute.section("1m") + steps});
    REQUIRE(runs.until([&] { return mute.queries().size() == 1; }));
    auto const looked = daemon.calls("inspect");
    daemon.reload(mute.section("1m") + steps + "# another hash\n");
    REQUIRE(runs.until([&] { return daemon.calls("inspect") > looked; }));
    CHECK(mute.queries().size() == 1);
}

TEST_CASE("what prometheus lists fires without waiting for its next resend", "[daemon][queries]") {
    loop runs;
    simulated_swarm swarm(runs, quick_web());
    scripted_prometheus prometheus(runs);
    prometheus.firing = {"Other", "HighLoad"};
    setting const chosen{.policy = prometheus.section() + by_alert};
    auto first = std::make_unique<instance>(runs, swarm.socket(), chosen);
    REQUIRE(runs.until([&] { return first->recorded(decided_action::up) == 1; }));
    first.reset();

    // A restarted daemon: the alert still fires, and its episode goes on.
    instance second(runs, swarm.socket(), chosen);
    REQUIRE(runs.until([&] { return second.recorded(reason::cooldown_up) == 1; }));
    CHECK(second.status().active_rules.size() == 1);
    REQUIRE(second.looks_again()); // a pushed alert takes the place of the listed one
    CHECK(second.status().active_rules.empty());
    CHECK(swarm.counts("web") == counts{2, 3});
}

TEST_CASE("a daemon stops while a query and a list hang", "[daemon][queries][stop]") {
    loop runs;
    simulated_swarm swarm(runs, quick_web());
    scripted_prometheus prometheus(runs);
    prometheus.now = mood::silent;
    instance daemon(runs, swarm.socket(), {.policy = prometheus.section("1h") + steps});
    REQUIRE(runs.until([&] { return !prometheus.queries().empty() && prometheus.lists() == 1; }));
    CHECK(daemon.stop(std::chrono::hours(1))); // nobody waits for answers
    CHECK(daemon.queries() == 0);
}

TEST_CASE("many questions that hang keep no call to swarm waiting", "[daemon][queries]") {
    loop runs;
    simulated_swarm swarm(runs, quick_web());
    scripted_prometheus prometheus(runs);
    prometheus.now = mood::silent;
    std::string policy = prometheus.section("1h") +
                         "policies:\n- service: web\n  max: 10\n  cooldown: 1h\n  rules:\n"
                         "  - {alert: HighLoad, scale: +1, priority: 1}\n";
    for (int i = 0; i < 30; ++i)
        policy += "  - {name: r" + std::to_string(i) + ", query: q" + std::to_string(i) +
                  ", every: 30ms, steps: [{when: '> 20', scale: +1}]}\n";
    instance daemon(runs, swarm.socket(), {.policy = policy});
    REQUIRE(runs.until([&] { return prometheus.queries().size() + prometheus.lists() == 8; }));
    CHECK(daemon.deliver(firing("HighLoad")) == 200);
    REQUIRE(runs.until([&] { return daemon.recorded(decided_action::up) == 1; }));
    CHECK(swarm.counts("web") == counts{2, 3});
}
