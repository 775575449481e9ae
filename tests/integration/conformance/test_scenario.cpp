#include "support/catch.hpp"
#include "swarm_client/simulated/scenario_json.hpp"

namespace autoscaler::swarm::simulated {

using nlohmann::json;

namespace {

setup good(char const* text) {
    auto read = read_setup(json::parse(text));
    if (auto const* const errors = std::get_if<setup_errors>(&read))
        FAIL(errors->front());
    return std::get<setup>(std::move(read));
}

setup_errors bad(char const* text) {
    auto read = read_setup(json::parse(text));
    REQUIRE(std::holds_alternative<setup_errors>(read));
    return std::get<setup_errors>(std::move(read));
}

} // namespace

TEST_CASE("an empty document is the default scenario", "[scenario]") {
    auto const read = good("{}");
    REQUIRE(read.scenario.services.size() == 2);
    CHECK(read.scenario.services[0].spec.name == "hosp_patient");
    CHECK(read.scenario.services[1].spec.name == "web");
    CHECK(read.place == membership::manager);
    CHECK(read.faults.empty());
}

TEST_CASE("every member of a scenario is read", "[scenario]") {
    auto const read = good(R"({
        "nodes": [{"hostname": "m1"}, {"hostname": "w1", "role": "worker", "availability": "drain", "labels": {"zone": "a"}}],
        "services": [{"name": "api", "image": "api:1", "replicas": 3, "start_delay": "1.5s", "labels": {"a": "b"},
                      "args": ["/bin/sleep", "1"], "env": ["A=1"], "constraints": ["node.role==worker"],
                      "stop_grace": "10s", "restart_delay": "500ms",
                      "update": {"parallelism": 2, "delay": "1s", "monitor": "3s", "failure_action": "continue",
                                 "max_failure_ratio": 0.5, "order": "start-first"},
                      "rollback": {"failure_action": "pause"}},
                     {"name": "agent", "mode": "global"}],
        "images": {"api:2": {"missing": true}},
        "commands": {"/bin/true": {"runs_for": "0s", "exit_code": 0, "start_delay": "2ms", "stop_time": "1m"}},
        "timing": {"orchestrate": "1ms", "schedule": "2ms", "prepare": "3ms", "start_delay": "4ms", "stop_time": "5us",
                   "node_timeout": "1h"},
        "age": "1h", "task_limit": 50, "membership": "worker",
        "faults": [{"kind": "stall", "operation": "list_tasks", "times": 0, "lasts": "2s"},
                   {"kind": "error", "status": 503, "text": "no"}]
    })");
    auto const& made = read.scenario;
    REQUIRE(made.nodes.size() == 2);
    CHECK(made.nodes[1].role == model::node_role::worker);
    CHECK(made.nodes[1].available == model::availability::drain);
    CHECK(made.nodes[1].labels.at("zone") == "a");
    REQUIRE(made.services.size() == 2);
    auto const& api = made.services[0];
    CHECK(api.spec.task.image == "api:1");
    CHECK(api.spec.replicas == 3);
    CHECK(api.start_delay == std::chrono::milliseconds{1500});
    CHECK(api.spec.labels.at("a") == "b");
    CHECK(api.spec.task.args.size() == 2);
    CHECK(api.spec.task.env == std::vector<std::string>{"A=1"});
    CHECK(api.spec.task.constraints == std::vector<std::string>{"node.role==worker"});
    CHECK(api.spec.task.stop_grace == std::chrono::seconds{10});
    CHECK(api.spec.task.restart->delay == std::chrono::milliseconds{500});
    CHECK(api.spec.update->parallelism == 2);
    CHECK(api.spec.update->delay == std::chrono::seconds{1});
    CHECK(api.spec.update->on_failure == model::failure_action::proceed);
    CHECK(api.spec.update->max_failure_ratio == 0.5F);
    CHECK(api.spec.update->order == model::update_order::start_first);
    CHECK(api.spec.rollback->parallelism == 1);
    CHECK(made.services[1].spec.task.image == "agent:latest");
    CHECK(made.services[1].spec.mode == model::service_mode::global);
    CHECK(made.images.at("api:2").missing);
    CHECK(made.commands.at("/bin/true").exit_code == 0);
    CHECK(made.commands.at("/bin/true").runs_for == model::duration{});
    CHECK(made.commands.contains("/bin/false"));
    CHECK(made.pace.stop_time == std::chrono::microseconds{5});
    CHECK(made.pace.node_timeout == std::chrono::hours{1});
    CHECK(made.age == std::chrono::hours{1});
    CHECK(made.task_limit == 50);
    CHECK(read.place == membership::worker);
    REQUIRE(read.faults.size() == 2);
    CHECK_FALSE(read.faults[0].times);
    CHECK(read.faults[0].where == operation::list_tasks);
    CHECK(read.faults[0].lasts == std::chrono::seconds{2});
    CHECK(read.faults[1].times == 1U);
    CHECK_FALSE(read.faults[1].where);
    CHECK(read.faults[1].status == 503);
}

TEST_CASE("all faults of a scenario are told in one go, each with its place", "[scenario]") {
    CHECK(
        bad(R"({"servces": [], "age": 5, "task_limit": -1, "membership": "boss",
                "services": [{"name": "a", "replicas": "two", "update": {"order": "up"}}, {}, 3],
                "nodes": {}, "faults": [{"kind": "quake"}, {"times": 1}, {"kind": "error", "status": 9}],
                "images": {"x": {"missing": 1}}})") ==
        setup_errors{
            R"(servces: unknown key "servces"; known are nodes, services, images, commands, timing, age, task_limit, membership, faults)",
            R"(nodes: expected a list, not {})",
            R"(services[0].replicas: expected a whole number, not "two")",
            R"(services[0].update.order: expected one of stop-first, start-first, not "up")",
            R"(services[1].name: missing; a service needs a name)",
            R"(services[2]: expected an object, not 3)",
            R"(images["x"].missing: expected true or false, not 1)",
            R"(age: expected a duration such as "500ms", "1s" or "2m", not 5)",
            R"(task_limit: expected a whole number, not -1)",
            R"(membership: expected one of manager, worker, inactive, locked, no_leader, not "boss")",
            R"(faults[0].kind: expected one of stall, reset, error, late_error, conflict, lost_reply, refuse, not "quake")",
            R"(faults[1].kind: missing; a fault needs a kind)",
            R"(faults[2].status: expected an HTTP status from 100 to 599)",
        }
    );
    CHECK(
        bad(R"({"services":[{"name":"a b"}]})") ==
        setup_errors{"services[0]: no engine takes this service: rpc error: code = InvalidArgument desc = "
                     "name must be "
                     "valid as a DNS name component"}
    );
    CHECK(bad("3") == setup_errors{"document: expected an object, not 3"});
    CHECK(
        bad(R"({"services":[{"name":"a"},{"name":"a"}]})") ==
        setup_errors{R"(services: two of them are named "a")"}
    );
}

TEST_CASE("durations are a number and a unit, and nothing else", "[scenario]") {
    auto const word = GENERATE("", "5", "s", "-1s", "1 s", "1d", "nan s", "nans", "infs", "1e30h", "1s2");
    json const document{{"age", word}};
    CHECK(std::holds_alternative<setup_errors>(read_setup(document)));
}

} // namespace autoscaler::swarm::simulated
