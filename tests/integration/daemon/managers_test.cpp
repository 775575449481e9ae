// Several managers of one Swarm, and what becomes of one step while they come and go: it is made, once, and
// the log has one line for each change.
#include "instance.hpp"
#include "simulated_swarm.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <memory>
#include <string>

using namespace autoscaler::tests;
using autoscaler::policy::decided_action;
using autoscaler::policy::reason;
using counts = std::vector<std::uint64_t>;
using lines = std::vector<std::string>;

namespace {

constexpr auto one_step = "policies: [{alert: HighLoad, service: web, scale: +1, max: 10, cooldown: 1h}]";

// Two managers of one Swarm, and an autoscaler that knows both.
struct two_managers {
    void start() {
        daemon = std::make_unique<instance>(
            runs, swarm.socket(), setting{one_step, "", patience, {second_path()}, true}
        );
    }

    void start_and_settle() {
        start();
        REQUIRE(runs.until([&] {
            return daemon->ready() && daemon->status().last_decision && follows(swarm.engine());
        }));
        REQUIRE(daemon->manager_lines() == lines{"reached " + first_name()});
    }

    static bool follows(autoscaler::swarm::simulated::simulated_engine& engine) {
        return engine.injected().seen(operation::events) > 0;
    }

    std::string first_name() const { return "unix://" + swarm.socket(); }

    std::string second_name() const { return second->endpoint(); }

    std::string second_path() const { return second_name().substr(std::string("unix://").size()); }

    autoscaler::swarm::simulated::faults& at_second() { return second->injected(); }

    void expect_one_step() {
        REQUIRE(runs.until([&] { return daemon->recorded(decided_action::up) == 1; }));
        REQUIRE(daemon->looks_again());
        CHECK(swarm.counts("web") == counts{2, 3});
        CHECK(swarm.changes("web").size() == 1);
        CHECK(daemon->recorded(decided_action::up) == 1);
        CHECK(daemon->recorded(reason::lost_race) == 0);
        CHECK(daemon->ready());
    }

    // The first has failed: one line of that, and one of who serves now. (It may be up again since.)
    void expect_the_second_serves() {
        auto const& told = daemon->manager_lines();
        REQUIRE(runs.until([&] { return std::ranges::count(told, "reached " + second_name()) == 1; }));
        CHECK(told.at(1) == "down " + first_name());
        CHECK(std::ranges::count(told, "down " + first_name()) == 1);
        CHECK(std::ranges::count(told, "reached " + first_name()) == 1);
        CHECK(told.size() <= 4);
        CHECK(runs.until([&] { return follows(*second); }));
    }

    loop runs;
    simulated_swarm swarm{runs, quick_web()};
    std::unique_ptr<autoscaler::swarm::simulated::simulated_engine> second = swarm.another_manager();
    std::unique_ptr<instance> daemon;
};

std::uint64_t requests(autoscaler::swarm::simulated::faults const& engine) {
    return engine.seen(operation::inspect_service) + engine.seen(operation::list_tasks) +
           engine.seen(operation::update_service) + engine.seen(operation::events);
}

} // namespace

TEST_CASE("the first of two managers serves, and the second rests", "[daemon][managers]") {
    two_managers two;
    two.start_and_settle();
    CHECK(two.daemon->deliver(firing("HighLoad")) == 200);
    two.expect_one_step();
    CHECK(requests(two.at_second()) == 0);
    CHECK(two.daemon->manager_lines().size() == 1);
}

TEST_CASE("a manager that goes away is left for the other one, and not gone back to", "[daemon][managers]") {
    two_managers two;
    two.start_and_settle();
    SECTION("it dies") {
        two.swarm.stop();
    }
    SECTION("it is demoted") {
        two.swarm.faults().set_place(membership::worker);
    }
    SECTION("it leaves the Swarm") {
        two.swarm.faults().set_place(membership::inactive);
    }
    SECTION("it is locked after a restart") {
        two.swarm.faults().set_place(membership::locked);
    }
    SECTION("it has no leader") {
        two.swarm.faults().set_place(membership::no_leader);
    }
    CHECK(two.daemon->deliver(firing("HighLoad")) == 200);
    two.expect_one_step();
    two.expect_the_second_serves();

    two.swarm.stop();
    two.swarm.faults().set_place(membership::manager);
    two.swarm.start();
    auto const asked = requests(two.swarm.faults());
    // (A look that the restart has cut short may be told, too: it fails in another way then.)
    REQUIRE(two.runs.until([&] { return two.daemon->manager_lines().back() == "up " + two.first_name(); }));
    CHECK(two.daemon->manager_lines().size() <= 5);
    CHECK(two.daemon->looks_again());
    CHECK(requests(two.swarm.faults()) == asked); // known to be good, and left in peace
    CHECK(two.swarm.counts("web") == counts{2, 3});
}

TEST_CASE("a manager that freezes is left within the time of a ping", "[daemon][managers]") {
    // No call may wait for its whole time: the test would not end.
    two_managers two;
    two.start_and_settle();
    two.swarm.engine().freeze();
    CHECK(two.daemon->deliver(firing("HighLoad")) == 200);
    two.expect_one_step();
    two.expect_the_second_serves();

    // What it had been asked it does now: reads that nobody waits for.
    two.swarm.engine().thaw();
    REQUIRE(two.runs.until([&] { return two.daemon->manager_lines().back() == "up " + two.first_name(); }));
    CHECK(two.daemon->looks_again());
    CHECK(two.swarm.counts("web") == counts{2, 3});
}

TEST_CASE("a write that a frozen manager makes after all is one step, or none", "[daemon][managers]") {
    two_managers two;
    two.start_and_settle();
    // The inspection is answered, and then everything is silent: the write is with it already.
    bool frozen = false;
    two.runs.watch(&frozen, [&] {
        if (!frozen &&
            two.swarm.seen(operation::list_tasks) + two.swarm.seen(operation::inspect_service) > 2) {
            frozen = true;
            two.swarm.engine().freeze();
        }
    });
    CHECK(two.daemon->deliver(firing("HighLoad")) == 200);
    two.expect_one_step();
    two.runs.forget(&frozen);
    two.swarm.engine().thaw();
    REQUIRE(two.daemon->looks_again());
    REQUIRE(two.daemon->looks_again());
    CHECK(two.swarm.counts("web") == counts{2, 3});
    CHECK(two.swarm.changes("web").size() == 1);
    CHECK(two.daemon->recorded(decided_action::up) == 1);
}

TEST_CASE(
    "a leader that is lost in the middle of a write costs one step neither more nor less",
    "[daemon][managers]"
) {
    auto const applied = GENERATE(true, false);
    two_managers two;
    two.start_and_settle();
    fault lost;
    lost.kind = applied ? fault_kind::late_error : fault_kind::error;
    lost.where = operation::update_service;
    lost.text =
        "rpc error: code = Unknown desc = raft: failed to process the request: node lost leader status";
    two.swarm.faults().add(lost);
    CHECK(two.daemon->deliver(firing("HighLoad")) == 200);
    two.expect_one_step();
    two.expect_the_second_serves();
    CHECK(two.swarm.seen(operation::update_service) == 1);
    CHECK(two.at_second().seen(operation::update_service) == (applied ? 0 : 1));
}

TEST_CASE("what an old leader remembers does not undo what the new one has said", "[daemon][managers]") {
    two_managers two;
    two.start_and_settle();
    two.swarm.engine().cut_off(); // here web has two replicas for ever
    // The second one serves a step, and then goes away.
    two.swarm.faults().set_place(membership::no_leader);
    CHECK(two.daemon->deliver(firing("HighLoad")) == 200);
    two.expect_one_step();
    REQUIRE(two.runs.until([&] { return two.daemon->ready(); }));
    two.swarm.faults().set_place(membership::manager);
    REQUIRE(two.runs.until([&] { return two.daemon->manager_lines().back() == "up " + two.first_name(); }));
    auto const writes = two.swarm.seen(operation::update_service);
    two.second->stop();
    REQUIRE(two.runs.until([&] { return two.daemon->manager_lines().back() == "reached " + two.first_name(); }
    ));
    for (int i = 0; i < 3; ++i)
        CHECK(two.daemon->looks_again()); // the alert fires, and the label there knows nothing of the step
    CHECK(two.swarm.seen(operation::update_service) == writes);
    two.swarm.engine().rejoin();
    CHECK(two.daemon->looks_again());
    CHECK(two.swarm.counts("web") == counts{2, 3});
    CHECK(two.daemon->recorded(decided_action::up) == 1);
}

TEST_CASE("a first endpoint that is bad from the start costs nothing but a line", "[daemon][managers]") {
    two_managers two;
    SECTION("a worker") {
        two.swarm.faults().set_place(membership::worker);
    }
    SECTION("frozen") {
        two.swarm.engine().freeze();
    }
    SECTION("not running") {
        two.swarm.stop();
    }
    two.start();
    CHECK(two.daemon->deliver(firing("HighLoad")) == 200);
    two.expect_one_step();
    CHECK(two.runs.until([&] { return two.daemon->manager_lines().size() == 2; }));
    auto told = two.daemon->manager_lines();
    std::ranges::sort(told);
    CHECK(told == lines{"down " + two.first_name(), "reached " + two.second_name()});
}

TEST_CASE(
    "when no manager serves, readiness names each, and each change is told once", "[daemon][managers]"
) {
    two_managers two;
    two.start_and_settle();
    two.swarm.faults().set_place(membership::worker);
    two.second->stop();
    REQUIRE(two.runs.until([&] { return !two.daemon->ready(); }));
    auto const& cause = two.daemon->cause();
    INFO(cause);
    CHECK(cause.find(two.first_name() + ": the engine is a swarm worker") != std::string::npos);
    CHECK(cause.find(two.second_name() + " is unreachable: No such file") != std::string::npos);
    CHECK(two.daemon->deliver(firing("HighLoad")) == 200);
    CHECK(two.runs.until([&] { return two.daemon->recorded(reason::swarm_unavailable) == 1; }));
    // A while in which both are tried again several times.
    auto const pings = two.swarm.seen(operation::ping);
    REQUIRE(two.runs.until([&] { return two.swarm.seen(operation::ping) >= pings + 2; }));
    CHECK(two.daemon->manager_lines().size() == 4);
    CHECK(two.daemon->cause() == cause);

    two.swarm.faults().set_place(membership::manager);
    two.expect_one_step();
    auto told = two.daemon->manager_lines();
    REQUIRE(told.size() == 6);
    CHECK(told[4] == "up " + two.first_name());
    CHECK(told[5] == "reached " + two.first_name());
}
