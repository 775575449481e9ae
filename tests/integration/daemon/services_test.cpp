#include "instance.hpp"
#include "simulated_swarm.hpp"
#include "support/catch.hpp"

#include <string>

using namespace autoscaler::tests;
using autoscaler::policy::decided_action;
using autoscaler::policy::reason;
using autoscaler::swarm::model::service_mode;
using counts = std::vector<std::uint64_t>;

namespace {

setting const one_step{
    .policy = "policies: [{alert: HighLoad, service: web, scale: +1, max: 10, cooldown: 1h}]"
};

} // namespace

TEST_CASE("a service that is missing is picked up when it is created", "[daemon][services]") {
    loop runs;
    simulated_swarm swarm(runs, quick_swarm());
    instance daemon(runs, swarm.socket(), one_step);
    CHECK(daemon.deliver(firing("HighLoad")) == 200);
    REQUIRE(runs.until([&] {
        return daemon.ready() && daemon.recorded(reason::service_not_found) == 1 &&
               swarm.seen(operation::events) > 0;
    }));

    swarm.create(replicated("web", 2).spec);
    REQUIRE(runs.until([&] { return daemon.recorded(decided_action::up) == 1; }));
    REQUIRE(daemon.looks_again());
    CHECK(swarm.counts("web") == counts{2, 3});
}

TEST_CASE("a global service is left alone, and that is said", "[daemon][services]") {
    loop runs;
    auto scenario = quick_web();
    scenario.services.front().spec.mode = service_mode::global;
    simulated_swarm swarm(runs, scenario);
    instance daemon(runs, swarm.socket(), one_step);
    CHECK(daemon.deliver(firing("HighLoad")) == 200);
    REQUIRE(runs.until([&] { return daemon.recorded(reason::not_replicated) == 1; }));
    REQUIRE(daemon.looks_again());
    CHECK(swarm.history("web").size() == 1);
    CHECK(swarm.seen(operation::update_service) == 0);
}

TEST_CASE("a name within the stack finds the service of the stack", "[daemon][services]") {
    loop runs;
    auto scenario = quick_swarm();
    scenario.services.push_back(replicated("hosp_patient", 2));
    scenario.services.push_back(replicated("other_patient", 2));
    simulated_swarm swarm(runs, scenario);
    instance daemon(
        runs,
        swarm.socket(),
        {.policy = "policies: [{alert: HighLoad, service: patient, scale: +1, max: 10, cooldown: 1h}]",
         .stack = "hosp"}
    );
    CHECK(daemon.deliver(firing("HighLoad")) == 200);
    REQUIRE(runs.until([&] { return daemon.recorded(decided_action::up) == 1; }));
    REQUIRE(daemon.looks_again());
    CHECK(swarm.counts("hosp_patient") == counts{2, 3});
    CHECK(swarm.counts("other_patient") == counts{2});
    CHECK(daemon.decisions().back().service == "hosp_patient");
}

TEST_CASE("a service that is removed and created again starts afresh", "[daemon][services]") {
    loop runs;
    simulated_swarm swarm(runs, quick_web());
    instance daemon(runs, swarm.socket(), one_step);
    REQUIRE(runs.until([&] { return daemon.ready() && swarm.seen(operation::events) > 0; }));
    CHECK(daemon.deliver(firing("HighLoad")) == 200);
    REQUIRE(runs.until([&] { return daemon.recorded(decided_action::up) == 1; }));
    REQUIRE(daemon.looks_again());
    std::string const first = swarm.service("web").id;

    swarm.remove("web");
    SECTION("after it was missed") {
        REQUIRE(runs.until([&] { return daemon.recorded(reason::service_not_found) == 1; }));
    }
    SECTION("before it was missed") {
        CHECK(daemon.recorded(reason::service_not_found) == 0);
    }
    swarm.create(replicated("web", 2).spec);
    // The cooldown was that of the old one.
    REQUIRE(runs.until([&] { return daemon.recorded(decided_action::up) == 2; }));
    REQUIRE(daemon.looks_again());
    CHECK(swarm.service("web").id != first);
    CHECK(swarm.counts("web") == counts{2, 3, 2, 3});
    CHECK(swarm.changes("web").size() == 2);
}

TEST_CASE("a silence that ends in thousands of years is no deadline for a timer", "[daemon][services]") {
    using namespace autoscaler::policy;
    loop runs;
    simulated_swarm swarm(runs, quick_web());
    instance daemon(
        runs,
        swarm.socket(),
        {.policy = "policies: [{alert: HighLoad, service: {label: service, allow: '.*'}, scale: +1, max: 10}]"
        }
    );
    silence far;
    far.id = "far";
    far.matchers = {std::get<matcher>(matcher::make("alertname", matcher::op::equal, "HighLoad"))};
    far.ends_at = time_point(std::chrono::sys_days(std::chrono::year(9999) / 12 / 31));
    daemon.silence({far});
    REQUIRE(runs.until([&] { return daemon.ready(); }));
    CHECK(daemon.deliver(firing("HighLoad")) == 200);
    CHECK(daemon.services().empty());
}
