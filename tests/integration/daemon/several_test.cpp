// Restarts, other writers, other autoscalers, other policies: all of them see one truth, that of Swarm.
#include "instance.hpp"
#include "simulated_swarm.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <memory>
#include <string>

using namespace autoscaler::tests;
using autoscaler::policy::decided_action;
using autoscaler::policy::reason;
using autoscaler::policy::time_point;
using std::chrono::milliseconds;
using counts = std::vector<std::uint64_t>;

namespace {

std::string web_policy(std::string_view max, std::string_view cooldown) {
    return "policies: [{alert: HighLoad, service: web, scale: +1, max: " + std::string(max) +
           ", cooldown: {up: " + std::string(cooldown) + ", down: 1h}}]";
}

std::vector<time_point> ups_of(instance const& daemon) {
    std::vector<time_point> found;
    for (auto const& each : daemon.decisions())
        if (each.action == decided_action::up)
            found.push_back(each.at);
    return found;
}

} // namespace

TEST_CASE("a restarted daemon keeps the cooldown of the one before", "[daemon][several]") {
    loop runs;
    simulated_swarm swarm(runs, quick_web());
    setting const chosen{.policy = web_policy("4", "1500ms")};
    auto first = std::make_unique<instance>(runs, swarm.socket(), chosen);
    CHECK(first->deliver(firing("HighLoad")) == 200);
    REQUIRE(runs.until([&] { return first->recorded(decided_action::up) == 1; }));
    auto const stepped = ups_of(*first).front();
    first.reset();

    instance second(runs, swarm.socket(), chosen);
    CHECK(second.deliver(firing("HighLoad")) == 200);
    REQUIRE(runs.until([&] { return second.recorded(decided_action::up) == 1; }));
    CHECK(second.recorded(reason::cooldown_up) >= 1);
    CHECK(ups_of(second).front() - stepped >= milliseconds(1500));
    CHECK(swarm.changes("web").size() == swarm.counts("web").size() - 1);
    CHECK(swarm.counts("web") == counts{2, 3, 4});
}

TEST_CASE("a daemon that ends in the middle of a write leaves no double step", "[daemon][several]") {
    auto const kind = GENERATE(fault_kind::stall, fault_kind::lost_reply, fault_kind::refuse);
    INFO(to_string(kind));
    loop runs;
    simulated_swarm swarm(runs, quick_web());
    swarm.inject(kind, operation::update_service);
    setting const chosen{.policy = web_policy("10", "1h"), .request = std::chrono::minutes(10)};
    auto first = std::make_unique<instance>(runs, swarm.socket(), chosen);
    CHECK(first->deliver(firing("HighLoad")) == 200);
    REQUIRE(runs.until([&] { return swarm.seen(operation::update_service) == 1; }));
    first.reset();

    instance second(runs, swarm.socket(), chosen);
    CHECK(second.deliver(firing("HighLoad")) == 200);
    REQUIRE(runs.until([&] { return swarm.counts("web").size() == 2; }));
    REQUIRE(second.looks_again());
    CHECK(swarm.counts("web") == counts{2, 3});
    CHECK(swarm.changes("web").size() == 1);
    CHECK(second.status().cooldown_up_until.has_value());
}

TEST_CASE("a change by somebody else between reading and writing is decided upon anew", "[daemon][several]") {
    loop runs;
    simulated_swarm swarm(runs, quick_web());
    instance daemon(runs, swarm.socket(), {.policy = web_policy("6", "200ms")});
    REQUIRE(runs.until([&] { return daemon.ready() && daemon.status().last_decision; }));
    auto const asked = swarm.seen(operation::inspect_service);
    swarm.stall(operation::inspect_service, milliseconds(100));
    CHECK(daemon.deliver(firing("HighLoad")) == 200);
    REQUIRE(runs.until([&] { return swarm.seen(operation::inspect_service) > asked; }));

    SECTION("of the labels: the same step, once") {
        swarm.change("web", [](auto& spec) { spec.labels["theirs"] = "too"; });
        REQUIRE(runs.until([&] { return daemon.recorded(decided_action::up) == 1; }));
        CHECK(swarm.counts("web") == counts{2, 3});
        CHECK(swarm.service("web").spec.labels.at("theirs") == "too");
    }
    SECTION("of the replicas: a step from the new count, after the cooldown that it has started") {
        swarm.change("web", [](auto& spec) { spec.replicas = 5; });
        REQUIRE(runs.until([&] { return daemon.recorded(reason::at_max) == 1; }));
        REQUIRE(daemon.looks_again());
        CHECK(swarm.counts("web") == counts{2, 5, 6});
        CHECK(daemon.recorded(decided_action::up) == 1);
    }
    CHECK(daemon.calls("update", "conflict") == 1);
}

TEST_CASE(
    "two autoscalers with the same alert make one step per cooldown between them", "[daemon][several]"
) {
    loop runs;
    simulated_swarm swarm(runs, quick_web());
    setting const chosen{.policy = web_policy("6", "300ms")};
    instance one(runs, swarm.socket(), chosen);
    instance other(runs, swarm.socket(), chosen);
    auto const replies = {one.post(firing("HighLoad")), other.post(firing("HighLoad"))};
    REQUIRE(runs.until([&] {
        return one.recorded(decided_action::up) + other.recorded(decided_action::up) == 4;
    }));
    for (auto const& reply : replies)
        CHECK(reply->status == 200);
    REQUIRE(one.looks_again());
    REQUIRE(other.looks_again());
    CHECK(swarm.counts("web") == counts{2, 3, 4, 5, 6});

    auto steps = ups_of(one);
    std::ranges::copy(ups_of(other), std::back_inserter(steps));
    std::ranges::sort(steps);
    CHECK(steps.size() == 4); // each step is told by the one that made it, and by nobody else
    for (std::size_t i = 1; i < steps.size(); ++i)
        CHECK(steps[i] - steps[i - 1] >= milliseconds(300));
}

TEST_CASE("new policies are followed at once, and their bounds with them", "[daemon][several]") {
    loop runs;
    simulated_swarm swarm(runs, quick_web());
    instance daemon(runs, swarm.socket(), {.policy = web_policy("3", "100ms")});
    CHECK(daemon.deliver(firing("HighLoad")) == 200);
    REQUIRE(runs.until([&] { return daemon.recorded(reason::at_max) == 1; }));
    CHECK(swarm.counts("web") == counts{2, 3});

    daemon.reload(web_policy("5", "100ms")); // the alert still fires: nobody has to post it again
    REQUIRE(runs.until([&] { return daemon.recorded(reason::at_max) == 2; }));
    CHECK(swarm.counts("web") == counts{2, 3, 4, 5});

    daemon.reload(web_policy("4", "100ms"));
    REQUIRE(runs.until([&] { return daemon.recorded(reason::bounds_max) == 1; }));
    REQUIRE(daemon.looks_again());
    CHECK(swarm.counts("web") == counts{2, 3, 4, 5, 4});
    CHECK(daemon.recorded(decided_action::up) == 3);
    CHECK(daemon.recorded(decided_action::down) == 1);
}

TEST_CASE("a reload in the middle of a call doubles and loses nothing", "[daemon][several]") {
    auto const where = GENERATE(operation::inspect_service, operation::list_tasks, operation::update_service);
    INFO(to_string(where));
    loop runs;
    simulated_swarm swarm(runs, quick_web());
    swarm.stall(where, milliseconds(200));
    instance daemon(runs, swarm.socket(), {.policy = web_policy("10", "1h")});
    CHECK(daemon.deliver(firing("HighLoad")) == 200);
    REQUIRE(runs.until([&] { return swarm.seen(where) >= 1; }));
    daemon.reload(web_policy("9", "1h"));
    REQUIRE(runs.until([&] { return daemon.recorded(decided_action::up) == 1; }));
    REQUIRE(daemon.looks_again());
    CHECK(swarm.counts("web") == counts{2, 3});
    CHECK(daemon.recorded(decided_action::up) == 1);
    CHECK(daemon.status().bounds.max == 9);
}
