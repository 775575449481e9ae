#include "instance.hpp"
#include "simulated_swarm.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <string>

using namespace autoscaler::tests;
using autoscaler::policy::decided_action;
using autoscaler::policy::reason;
using std::chrono::milliseconds;
using counts = std::vector<std::uint64_t>;

namespace {

// What is left of a spec when our two changes are taken out.
autoscaler::swarm::model::service_spec without_ours(autoscaler::swarm::model::service_spec spec) {
    spec.replicas = 0;
    spec.labels.erase("swarm.autoscaler.state");
    return spec;
}

} // namespace

TEST_CASE("a firing alert takes a service up one step per cooldown, to its max and no further", "[daemon]") {
    loop runs;
    simulated_swarm swarm(runs, quick_web());
    REQUIRE(runs.until([&] { return swarm.settled("web"); }));
    auto const before = swarm.service("web");
    auto const tasks_before = swarm.running_tasks("web");

    instance daemon(
        runs,
        swarm.socket(),
        {.policy =
             "policies: [{alert: HighLoad, service: web, scale: +1, max: 4, cooldown: {up: 300ms, down: 1h}}]"
        }
    );
    CHECK(daemon.deliver(firing("HighLoad")) == 200);
    REQUIRE(runs.until([&] { return daemon.recorded(reason::at_max) > 0; }));
    REQUIRE(daemon.looks_again());

    CHECK(swarm.counts("web") == counts{2, 3, 4});
    CHECK(swarm.changes("web").size() == 2);
    REQUIRE(daemon.recorded(decided_action::up) == 2);
    CHECK(daemon.recorded(reason::cooldown_up) >= 1);
    std::vector<autoscaler::policy::time_point> steps;
    for (auto const& each : daemon.decisions())
        if (each.action == decided_action::up)
            steps.push_back(each.at);
    CHECK(steps[1] - steps[0] >= milliseconds(300));

    for (auto const& version : swarm.history("web")) {
        CHECK(version.id == before.id);
        CHECK(without_ours(version.spec) == without_ours(before.spec));
    }
    REQUIRE(runs.until([&] { return swarm.settled("web"); }));
    auto const tasks = swarm.running_tasks("web");
    CHECK(tasks.size() == 4);
    CHECK(std::ranges::includes(tasks, tasks_before)); // none was restarted
}

TEST_CASE("once the alert is resolved, return goes down to min one step per cooldown", "[daemon]") {
    loop runs;
    simulated_swarm swarm(runs, quick_web());
    instance daemon(
        runs,
        swarm.socket(),
        {.policy = "policies: [{alert: HighLoad, service: web, scale: +1, min: 2, max: 4, "
                   "cooldown: {up: 50ms, down: 100ms}, return: {after: 100ms, by: 1}}]"}
    );
    CHECK(daemon.deliver(firing("HighLoad")) == 200);
    REQUIRE(runs.until([&] { return daemon.recorded(reason::at_max) > 0; }));
    CHECK(daemon.deliver(resolved("HighLoad")) == 200);
    REQUIRE(runs.until([&] { return daemon.recorded(reason::give_back) == 2; }));
    REQUIRE(daemon.looks_again());
    CHECK(swarm.counts("web") == counts{2, 3, 4, 3, 2});
    CHECK(daemon.recorded(decided_action::up) == 2);
    CHECK(daemon.recorded(decided_action::down) == 2);
    CHECK(daemon.status().wanted == 2);
}

TEST_CASE("an Alertmanager's webhook message scales like an alert of Prometheus", "[daemon]") {
    loop runs;
    simulated_swarm swarm(runs, quick_web());
    instance daemon(
        runs,
        swarm.socket(),
        {.policy = "policies: [{alert: HighLoad, service: web, scale: +1, max: 10, cooldown: 1h}]"}
    );
    std::string const message = R"({"version":"4","groupKey":"{}:{}","truncatedAlerts":0,"status":"firing",)"
                                R"("receiver":"autoscaler","groupLabels":{},"commonLabels":{},)"
                                R"("commonAnnotations":{},"externalURL":"http://am","alerts":[{"status":)"
                                R"("firing","labels":{"alertname":"HighLoad"},"annotations":{},)"
                                R"("startsAt":"2026-01-01T00:00:00Z","endsAt":"0001-01-01T00:00:00Z",)"
                                R"("generatorURL":"","fingerprint":"1"}]})";
    auto const reply = daemon.post(message, "/webhook");
    REQUIRE(runs.until([&] { return reply->done; }));
    CHECK(reply->status == 200);
    REQUIRE(runs.until([&] { return daemon.recorded(decided_action::up) == 1; }));
    REQUIRE(daemon.looks_again());
    CHECK(swarm.counts("web") == counts{2, 3});
}

TEST_CASE("a body that is refused scales nothing, and the next one is taken", "[daemon]") {
    loop runs;
    simulated_swarm swarm(runs, quick_web());
    instance daemon(
        runs,
        swarm.socket(),
        {.policy = "policies: [{alert: HighLoad, service: web, scale: +1, max: 10, cooldown: 1h}]"}
    );
    CHECK(daemon.deliver(R"([{"labels":)") == 400);
    REQUIRE(daemon.looks_again());
    CHECK(swarm.counts("web") == counts{2});
    CHECK(daemon.deliver(firing("HighLoad")) == 200);
    REQUIRE(runs.until([&] { return daemon.recorded(decided_action::up) == 1; }));
    CHECK(swarm.counts("web") == counts{2, 3});
}
