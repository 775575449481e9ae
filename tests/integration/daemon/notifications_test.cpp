// What people are told: each step once, however many autoscalers run, and nothing that stops these.
#include "instance.hpp"
#include "simulated_swarm.hpp"
#include "support/catch.hpp"
#include "support/scripted_server.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <string>
#include <vector>

using namespace autoscaler::tests;
using autoscaler::policy::decided_action;
using autoscaler::policy::reason;
using autoscaler::test::answer_with;
using autoscaler::test::heard_request;
using autoscaler::test::scripted_reply;
using autoscaler::test::scripted_server;
using nlohmann::json;
using std::chrono::milliseconds;
using counts = std::vector<std::uint64_t>;

namespace {

std::string told_at(std::string const& url, std::string const& max, std::string const& on) {
    return "notifiers: {ops: {webhook: {url: '" + url + "/T0K3N', fields: {channel: ops}}, on: " + on +
           "}}\npolicies: [{alert: HighLoad, service: web, scale: +1, cooldown: 50ms, converge_timeout: 0s, "
           "notify: [ops], max: " +
           max + "}]";
}

// "FROM-TO EVENTS" of each message.
std::vector<std::string> heard_by(scripted_server const& receiver) {
    std::vector<std::string> told;
    for (auto const& each : receiver.requests()) {
        auto const body = json::parse(each.body);
        told.push_back(body["from"].dump() + "-" + body["to"].dump() + " " + body["events"].dump());
    }
    return told;
}

} // namespace

TEST_CASE("each step is told once, and the bound when it is met", "[daemon][notifications]") {
    loop runs;
    simulated_swarm swarm(runs, quick_web());
    scripted_server ops(runs.context(), [](heard_request const&) { return answer_with(200, ""); });
    instance daemon(runs, swarm.socket(), {.policy = told_at(ops.url(), "4", "[scaled, at_max]")});
    CHECK(daemon.deliver(firing("HighLoad")) == 200);
    REQUIRE(runs.until([&] { return daemon.notifications() == 3; }));
    REQUIRE(daemon.looks_again());
    CHECK(swarm.counts("web") == counts{2, 3, 4});
    CHECK(
        heard_by(ops) ==
        std::vector<std::string>{R"(2-3 ["scaled"])", R"(3-4 ["scaled"])", R"(4-4 ["at_max"])"}
    );
    auto const body = json::parse(ops.requests()[0].body);
    CHECK(body["service"] == "web");
    CHECK(body["policy"] == "HighLoad");
    CHECK(body["reason"] == "alert");
    CHECK(body["channel"] == "ops");
    CHECK(body["alerts"].size() == 1);
}

TEST_CASE("two autoscalers tell each step once between them", "[daemon][notifications]") {
    loop runs;
    simulated_swarm swarm(runs, quick_web());
    scripted_server ops(runs.context(), [](heard_request const&) { return answer_with(200, ""); });
    auto const policy = told_at(ops.url(), "4", "[scaled, at_max]");
    instance one(runs, swarm.socket(), {.policy = policy});
    instance other(runs, swarm.socket(), {.policy = policy});
    auto const replies = {one.post(firing("HighLoad")), other.post(firing("HighLoad"))};
    REQUIRE(runs.until([&] { return ops.requests().size() == 3; }));
    REQUIRE(runs.until([&] { return one.recorded(reason::at_max) > 0 && other.recorded(reason::at_max) > 0; })
    );
    REQUIRE(look_again(runs, {&one, &other}));
    for (auto const& reply : replies)
        CHECK(reply->status == 200);
    CHECK(swarm.counts("web") == counts{2, 3, 4});
    CHECK(one.notifications() + other.notifications() == 3);
    auto told = heard_by(ops);
    std::ranges::sort(told); // one may tell of the last step after the other has told of the bound
    CHECK(told == std::vector<std::string>{R"(2-3 ["scaled"])", R"(3-4 ["scaled"])", R"(4-4 ["at_max"])"});
}

TEST_CASE("dry run is nothing to tell people", "[daemon][notifications]") {
    loop runs;
    simulated_swarm swarm(runs, quick_web());
    scripted_server ops(runs.context(), [](heard_request const&) { return answer_with(200, ""); });
    auto policy = told_at(ops.url(), "4, dry_run: true", "[scaled, at_max, held, failed, fallback, bounds]");
    instance daemon(runs, swarm.socket(), {.policy = policy});
    CHECK(daemon.deliver(firing("HighLoad")) == 200);
    REQUIRE(runs.until([&] { return daemon.recorded(reason::dry_run) >= 1; }));
    REQUIRE(daemon.looks_again());
    CHECK(ops.requests().empty());
    CHECK(daemon.notifications() == 0);
}

TEST_CASE("a receiver that is silent delays neither steps nor the end", "[daemon][notifications]") {
    loop runs;
    simulated_swarm swarm(runs, quick_web());
    scripted_server ops(runs.context(), [](heard_request const&) {
        return scripted_reply{"", scripted_reply::then::stall};
    });
    instance daemon(runs, swarm.socket(), {.policy = told_at(ops.url(), "4", "[scaled]")});
    CHECK(daemon.deliver(firing("HighLoad")) == 200);
    REQUIRE(runs.until([&] { return daemon.recorded(decided_action::up) == 2; }));
    CHECK(swarm.counts("web") == counts{2, 3, 4});
    REQUIRE(runs.until([&] { return ops.requests().size() == 1; }));
    CHECK(daemon.notifications() == 0);
    CHECK(daemon.stop(milliseconds(1)));
    CHECK(daemon.notifications(true) == 2);
    CHECK(ops.requests().size() == 1);
}
