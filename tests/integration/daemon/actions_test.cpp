// Rules that restart a service or call a webhook, services named by alerts, deploys that are answered.
#include "instance.hpp"
#include "simulated_swarm.hpp"
#include "support/catch.hpp"
#include "support/scripted_server.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <memory>
#include <string>

using namespace autoscaler::tests;
using autoscaler::policy::decided_action;
using autoscaler::policy::reason;
using autoscaler::test::answer_with;
using autoscaler::test::heard_request;
using autoscaler::test::scripted_reply;
using autoscaler::test::scripted_server;
using std::chrono::milliseconds;
using counts = std::vector<std::uint64_t>;

namespace {

// Firing for the next hour, with the label `svc`.
std::string firing_for(std::string_view alertname, std::string_view service) {
    auto body = firing(alertname);
    return body.insert(body.find("{\"labels\":{") + 11, R"("svc":")" + std::string(service) + R"(",)");
}

autoscaler::swarm::model::scenario rolling_web() {
    auto made = quick_web();
    auto& update = made.services[0].spec.update.emplace();
    update.monitor = milliseconds(20);
    update.parallelism = 0;
    return made;
}

bool has_none_of(std::set<std::string> const& now, std::set<std::string> const& before) {
    return std::ranges::none_of(now, [&](auto const& id) { return before.contains(id); });
}

// Where its tasks run.
std::set<std::uint64_t> nodes_of(simulated_swarm& swarm, std::string_view service) {
    std::set<std::uint64_t> nodes;
    for (auto const* const task : swarm.model().tasks_of(swarm.service(service)))
        if (task->state == autoscaler::swarm::model::task_state::running)
            nodes.insert(*task->node);
    return nodes;
}

std::string const restart_policy =
    "policies: [{alert: Stale, service: web, action: restart, action_cooldown: 1h}]";

std::string webhook_policy(std::string const& url) {
    return "policies: [{alert: PoolFull, service: web, action: webhook, action_cooldown: 1h, "
           "webhook: {url: '" +
           url + "/T0K3N', timeout: 5s, fields: {pool: workers}}}]";
}

} // namespace

TEST_CASE("an alert restarts a service once, with the count as it is", "[daemon][actions]") {
    loop runs;
    simulated_swarm swarm(runs, rolling_web());
    REQUIRE(runs.until([&] { return swarm.settled("web"); }));
    auto const before = swarm.running_tasks("web");
    auto daemon = std::make_unique<instance>(runs, swarm.socket(), setting{.policy = restart_policy});
    CHECK(daemon->deliver(firing("Stale")) == 200);
    REQUIRE(runs.until([&] { return daemon->recorded(decided_action::restart) == 1; }));
    REQUIRE(runs.until([&] { return swarm.settled("web") && has_none_of(swarm.running_tasks("web"), before); }
    ));
    auto const& spec = swarm.service("web").spec;
    CHECK(spec.task.force_update == 1);
    CHECK(spec.replicas == 2);
    CHECK(spec.labels.at("swarm.autoscaler.state").find(R"("x":{"Stale/Stale":)") != std::string::npos);

    REQUIRE(daemon->looks_again());
    CHECK(daemon->deliver(firing("Stale", "b")) == 200); // the same episode
    REQUIRE(daemon->looks_again());
    daemon.reset();

    instance second(runs, swarm.socket(), {.policy = restart_policy}); // knows it from the label
    CHECK(second.deliver(firing("Stale")) == 200);
    REQUIRE(runs.until([&] { return second.recorded(reason::already_acted) >= 1; }));
    REQUIRE(second.looks_again());
    CHECK(swarm.service("web").spec.task.force_update == 1);
    CHECK(second.recorded(decided_action::restart) == 0);
}

TEST_CASE("two autoscalers restart a service once between them", "[daemon][actions]") {
    loop runs;
    simulated_swarm swarm(runs, rolling_web());
    instance one(runs, swarm.socket(), {.policy = restart_policy});
    instance other(runs, swarm.socket(), {.policy = restart_policy});
    auto const replies = {one.post(firing("Stale")), other.post(firing("Stale"))};
    REQUIRE(runs.until([&] {
        return one.recorded(decided_action::restart) + other.recorded(decided_action::restart) == 1;
    }));
    REQUIRE(look_again(runs, {&one, &other}));
    for (auto const& reply : replies)
        CHECK(reply->status == 200);
    CHECK(swarm.service("web").spec.task.force_update == 1);
    CHECK(one.recorded(decided_action::restart) + other.recorded(decided_action::restart) == 1);
}

TEST_CASE("a node that joins makes a service spread out", "[daemon][actions]") {
    loop runs;
    simulated_swarm swarm(runs, rolling_web());
    REQUIRE(runs.until([&] { return swarm.settled("web"); }));
    instance daemon(
        runs,
        swarm.socket(),
        {.policy =
             "policies: [{name: spread, service: web, action: restart, on: node_joined, action_cooldown: 1h}]"
        }
    );
    REQUIRE(runs.until([&] { return swarm.seen(operation::events) == 1 && daemon.status().last_decision; }));
    CHECK(swarm.service("web").spec.task.force_update == 0);
    swarm.join("node2");
    REQUIRE(runs.until([&] { return daemon.recorded(decided_action::restart) == 1; }));
    REQUIRE(runs.until([&] { return swarm.settled("web") && nodes_of(swarm, "web").size() == 2; }));
    CHECK(swarm.service("web").spec.task.force_update == 1);
}

TEST_CASE("a webhook is called once by two autoscalers", "[daemon][actions]") {
    loop runs;
    simulated_swarm swarm(runs, quick_web());
    scripted_server pool(runs.context(), [](heard_request const&) { return answer_with(202, ""); });
    instance one(runs, swarm.socket(), {.policy = webhook_policy(pool.url())});
    instance other(runs, swarm.socket(), {.policy = webhook_policy(pool.url())});
    auto const replies = {one.post(firing("PoolFull")), other.post(firing("PoolFull"))};
    REQUIRE(runs.until([&] { return one.messages() + other.messages() == 1; }));
    REQUIRE(look_again(runs, {&one, &other}));
    for (auto const& reply : replies)
        CHECK(reply->status == 200);
    REQUIRE(pool.requests().size() == 1);
    auto const body = nlohmann::json::parse(pool.requests()[0].body);
    CHECK(body["service"] == "web");
    CHECK(body["rule"] == "PoolFull");
    CHECK(body["action"] == "webhook");
    CHECK(body["reason"] == "alert");
    CHECK(body["replicas"] == 2);
    CHECK(body["pool"] == "workers");
    CHECK(body["alerts"] == nlohmann::json::parse(R"([{"labels":{"alertname":"PoolFull","instance":"a"}}])"));
    CHECK(swarm.counts("web") == counts{2});
    CHECK(one.messages(true) + other.messages(true) == 0);
    CHECK(one.recorded(decided_action::webhook) + other.recorded(decided_action::webhook) == 1);
}

TEST_CASE("a webhook that fails is told, without its secrets, and not called for ever", "[daemon][actions]") {
    loop runs;
    simulated_swarm swarm(runs, quick_web());
    scripted_server pool(runs.context(), [](heard_request const&) { return answer_with(500, ""); });
    instance daemon(runs, swarm.socket(), {.policy = webhook_policy(pool.url())});
    CHECK(daemon.deliver(firing("PoolFull")) == 200);
    REQUIRE(runs.until([&] { return daemon.recorded(reason::action_failed) == 1; }));
    REQUIRE(daemon.looks_again());
    CHECK(pool.requests().size() == 3);
    CHECK(daemon.messages(true) == 1);
    auto const failed =
        std::ranges::find(daemon.decisions(), reason::action_failed, &autoscaler::policy::decision::why);
    CHECK(failed->error == pool.url() + ": status 500");
}

TEST_CASE("a message under way is let finish before the end, for a while", "[daemon][actions][stop]") {
    bool answers = GENERATE(true, false);
    loop runs;
    simulated_swarm swarm(runs, quick_web());
    scripted_server pool(runs.context(), [&](heard_request const&) {
        return answers ? answer_with(200, "") : scripted_reply{"", scripted_reply::then::stall};
    });
    instance daemon(runs, swarm.socket(), {.policy = webhook_policy(pool.url())});
    swarm.stall(operation::update_service, milliseconds(100)); // the claim is under way when it ends
    CHECK(daemon.deliver(firing("PoolFull")) == 200);
    REQUIRE(runs.until([&] { return swarm.seen(operation::update_service) == 1; }));
    CHECK(daemon.stop(answers ? patience : milliseconds(300)));
    CHECK(pool.requests().size() == 1);
    CHECK(daemon.messages(true) == (answers ? 0 : 1));
}

TEST_CASE("an alert names its service, if that is allowed and has opted in", "[daemon][actions]") {
    loop runs;
    auto scenario = quick_web();
    scenario.services.push_back(replicated("db", 1));
    scenario.services[1].spec.labels.emplace("swarm.autoscaler.enable", "true");
    simulated_swarm swarm(runs, std::move(scenario));
    instance daemon(
        runs,
        swarm.socket(),
        {.policy =
             "policies: [{name: any, alert: HighLoad, service: {label: svc, allow: 'web|api'}, scale: +1, "
             "max: 10, cooldown: 1h}]"}
    );
    CHECK(daemon.deliver(firing_for("HighLoad", "db")) == 200); // has opted in, and is not allowed
    CHECK(daemon.deliver(firing_for("HighLoad", "web")) == 200);
    REQUIRE(runs.until([&] { return daemon.recorded(reason::not_opted_in) == 1; }));
    CHECK(daemon.services().size() == 1);
    CHECK(swarm.counts("web") == counts{2});

    swarm.change("web", [](auto& spec) { spec.labels["swarm.autoscaler.enable"] = "true"; });
    REQUIRE(runs.until([&] { return daemon.recorded(decided_action::up) == 1; }));
    REQUIRE(daemon.looks_again());
    CHECK(swarm.counts("web") == counts{2, 3});
    CHECK(swarm.counts("db") == counts{1});
}

TEST_CASE("replicas that a deploy has taken back are restored once it is through", "[daemon][actions]") {
    loop runs;
    simulated_swarm swarm(runs, rolling_web());
    instance daemon(
        runs,
        swarm.socket(),
        {.policy = "policies: [{alert: HighLoad, service: web, scale: +3, max: 10, cooldown: 1h, "
                   "on_external: restore}]"}
    );
    CHECK(daemon.deliver(firing("HighLoad")) == 200);
    REQUIRE(runs.until([&] { return daemon.recorded(decided_action::up) == 1 && swarm.settled("web"); }));

    // What `docker stack deploy` does: the file's count, the file's labels, a new image.
    swarm.change("web", [](auto& spec) {
        spec.replicas = 2;
        spec.labels.erase("swarm.autoscaler.state");
        spec.task.image = "web:next";
    });
    REQUIRE(runs.until([&] { return daemon.recorded(reason::restored_after_deploy) == 1; }));
    REQUIRE(daemon.looks_again());
    CHECK(swarm.counts("web") == counts{2, 5, 2, 5});
    CHECK(swarm.service("web").spec.task.image == "web:next");
    for (auto const& version : swarm.history("web")) // never written into the rollout
        if (version.spec.replicas == 5 && version.spec.task.image == "web:next")
            CHECK_FALSE(version.update == autoscaler::swarm::model::update_state::updating);
}

TEST_CASE("a service whose tasks cannot run gets no more of them", "[daemon][actions]") {
    bool const crashing = GENERATE(true, false);
    loop runs;
    auto scenario = quick_web();
    auto& spec = scenario.services[0].spec;
    if (crashing) {
        scenario.commands["/bin/false"].runs_for = milliseconds(0);
        spec.task.args = {"/bin/false"};
        spec.task.restart.emplace().delay = milliseconds(50);
    } else {
        spec.task.constraints = {"node.labels.zone==nowhere"};
    }
    simulated_swarm swarm(runs, std::move(scenario));
    instance daemon(
        runs,
        swarm.socket(),
        {.policy = "policies: [{alert: HighLoad, service: web, scale: +1, max: 10, cooldown: 50ms, "
                   "converge_timeout: 300ms}]"}
    );
    CHECK(daemon.deliver(firing("HighLoad")) == 200);
    auto const why = crashing ? reason::crash_looping : reason::unschedulable;
    REQUIRE(runs.until([&] { return daemon.recorded(why) >= 1; }));
    auto const seen = swarm.counts("web");
    REQUIRE(daemon.looks_again());
    CHECK(swarm.counts("web") == seen);
    CHECK(daemon.status().view->stuck != autoscaler::policy::stuck_state::none);
}
