// An outage of the only manager with many services: what is asked of it meanwhile, and when it is back.
#include "instance.hpp"
#include "simulated_swarm.hpp"
#include "support/catch.hpp"
#include "swarm_client/connection.hpp"

#include <cstdlib>
#include <iostream>
#include <string>

using namespace autoscaler::tests;
using autoscaler::policy::reason;

namespace {

std::string name_of(std::size_t number) {
    return "web" + std::to_string(number);
}

autoscaler::swarm::model::scenario many(std::size_t count) {
    auto made = quick_swarm();
    for (std::size_t i = 0; i < count; ++i)
        made.services.push_back(replicated(name_of(i), 1));
    return made;
}

setting about_all(std::size_t count, bool hasty) {
    setting made;
    made.policy = "policies:\n";
    for (std::size_t i = 0; i < count; ++i)
        made.policy += "- {name: " + name_of(i) + ", alert: HighLoad, service: " + name_of(i) +
                       ", scale: +1, max: 10, cooldown: 1h}\n";
    made.request = patience;
    made.hasty = hasty;
    return made;
}

// What the engine was asked, by kind.
struct asked {
    std::uint64_t pings = 0;
    std::uint64_t probes = 0;
    std::uint64_t inspections = 0;
    std::uint64_t tasks = 0;
    std::uint64_t writes = 0;
    std::uint64_t streams = 0;

    explicit asked(simulated_swarm& swarm)
        : pings(swarm.seen(operation::ping))
        , probes(swarm.seen(operation::list_services))
        , inspections(swarm.seen(operation::inspect_service))
        , tasks(swarm.seen(operation::list_tasks))
        , writes(swarm.seen(operation::update_service))
        , streams(swarm.seen(operation::events)) {}

    asked since(asked const& before) const {
        asked made = *this;
        made.pings -= before.pings;
        made.probes -= before.probes;
        made.inspections -= before.inspections;
        made.tasks -= before.tasks;
        made.writes -= before.writes;
        made.streams -= before.streams;
        return made;
    }

    friend std::ostream& operator<<(std::ostream& to, asked const& what) {
        return to << what.pings << " pings, " << what.probes << " probes, " << what.inspections
                  << " inspections, " << what.tasks << " lists of tasks, " << what.writes << " writes, "
                  << what.streams << " streams";
    }
};

struct outage {
    explicit outage(std::size_t services, bool hasty = true)
        : count(services)
        , swarm(runs, many(services))
        , daemon(runs, swarm.socket(), about_all(services, hasty)) {
        REQUIRE(runs.until(
            [&] {
                return daemon.ready() && daemon.calls("inspect", "ok") >= count &&
                       daemon.calls("tasks", "ok") >= count && swarm.seen(operation::events) > 0;
            },
            long_patience
        ));
        REQUIRE(runs.until([&] { return at_rest(); }, long_patience));
    }

    static constexpr auto long_patience =
        std::chrono::minutes(5); // a thousand services, watched by sanitizers

    // Nothing was asked for a while.
    bool at_rest() {
        auto const now = std::chrono::steady_clock::now();
        auto const calls = daemon.calls("inspect") + daemon.calls("tasks") + daemon.calls("update");
        if (calls != calls_seen) {
            calls_seen = calls;
            still_since = now;
        }
        return now - still_since > std::chrono::milliseconds(300);
    }

    std::size_t count;
    loop runs;
    simulated_swarm swarm;
    instance daemon;
    std::size_t calls_seen = 0;
    std::chrono::steady_clock::time_point still_since{};
};

} // namespace

TEST_CASE(
    "an outage is a few looks while it lasts, and one look at everything at its end", "[daemon][outage]"
) {
    auto const place = GENERATE(membership::no_leader, membership::worker);
    outage one(100);
    asked const before(one.swarm);
    one.swarm.faults().set_place(place);
    CHECK(one.daemon.deliver(resolved("HighLoad")) == 200); // all want to look at their services
    REQUIRE(one.runs.until([&] { return one.daemon.recorded(reason::swarm_unavailable) == one.count; }));
    // Each has tried again by itself since, and so has whoever looks for a manager.
    auto const failed =
        one.daemon.calls("inspect", to_string(place) == "worker" ? "not_a_manager" : "no_leader");
    CHECK(failed >= one.count);
    REQUIRE(one.runs.until([&] { return one.swarm.seen(operation::list_services) >= before.probes + 3; }));
    auto const during = asked(one.swarm).since(before);
    INFO(during);
    CHECK(during.inspections <= autoscaler::swarm::limits{}.connections);
    CHECK(during.tasks == 0);
    CHECK(during.streams <= 1);

    asked const at_end(one.swarm);
    auto const looked = one.daemon.calls("inspect", "ok");
    one.swarm.faults().set_place(membership::manager);
    REQUIRE(one.runs.until([&] { return one.daemon.calls("inspect", "ok") >= looked + one.count; }));
    REQUIRE(one.runs.until([&] { return one.at_rest(); }));
    auto const after = asked(one.swarm).since(at_end);
    INFO(after);
    CHECK(after.inspections == one.count);
    CHECK(after.tasks == one.count);
    CHECK(after.streams <= 1);
    CHECK(after.writes == 0);
    CHECK(one.daemon.manager_lines().size() == 3); // it was there, it was not, it is
}

TEST_CASE(
    "an engine that hangs with many services to look at holds no more than its connections",
    "[daemon][outage]"
) {
    outage one(50);
    one.swarm.engine().freeze();
    CHECK(one.daemon.deliver(firing("HighLoad")) == 200);
    REQUIRE(one.runs.until([&] { return !one.daemon.ready(); }));
    // All have failed by now, those that had not got their turn too.
    REQUIRE(one.runs.until([&] { return one.daemon.recorded(reason::swarm_unavailable) == one.count; }));
    one.swarm.engine().thaw();
    REQUIRE(one.runs.until([&] { return one.swarm.seen(operation::update_service) >= one.count; }));
    REQUIRE(one.runs.until([&] { return one.at_rest(); }));
    CHECK(one.swarm.seen(operation::update_service) == one.count);
    for (std::size_t i = 0; i < one.count; ++i)
        CHECK(one.swarm.counts(name_of(i)) == std::vector<std::uint64_t>{1, 2});
    CHECK(one.daemon.manager_lines().size() == 3);
}

TEST_CASE("measures an outage of a minute", "[.][measure]") {
    auto const* const given = std::getenv("SERVICES");
    outage one(given == nullptr ? 1000 : std::strtoul(given, nullptr, 10), false);
    asked const before(one.swarm);
    std::cerr << "start: " << before << '\n';
    one.swarm.faults().set_place(membership::no_leader);
    CHECK(one.daemon.deliver(firing("HighLoad")) == 200);
    one.runs.until([] { return false; }, std::chrono::seconds(60));
    asked const during(one.swarm);
    std::cerr << "outage: " << during.since(before)
              << "; calls that failed at once: " << one.daemon.calls("inspect", "no_leader") << '\n';
    one.swarm.faults().set_place(membership::manager);
    one.runs.until(
        [&] { return one.swarm.seen(operation::update_service) >= one.count; }, outage::long_patience
    );
    one.runs.until([&] { return one.at_rest(); });
    std::cerr << "recovery: " << asked(one.swarm).since(during) << '\n';
}
