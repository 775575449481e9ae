// What a write does to a service and to its tasks: PreviousSpec, UpdateStatus, rollouts and rollbacks.
#include "subject.hpp"

namespace autoscaler::tests {

using nlohmann::json;

namespace {

json pausing_spec(std::string_view purpose, std::uint64_t replicas) {
    auto spec = subject::spec_of(purpose, replicas);
    spec["UpdateConfig"]["FailureAction"] = "pause";
    return spec;
}

bool keeps_all(std::vector<std::string> const& after, std::vector<std::string> const& before) {
    return std::ranges::includes(after, before);
}

bool keeps_none(std::vector<std::string> const& after, std::vector<std::string> const& before) {
    return std::ranges::none_of(after, [&](std::string const& id) {
        return std::ranges::count(before, id) != 0;
    });
}

} // namespace

TEST_CASE(
    "posting the same Spec changes version and PreviousSpec, clears UpdateStatus, touches no task",
    "[changes]"
) {
    subject const web{"no-op", 1};
    web.change([](json& spec) { spec["TaskTemplate"]["ForceUpdate"] = 1; });
    REQUIRE(web.becomes_status("completed"));
    auto const tasks = web.running();
    auto const before = web.inspect();
    REQUIRE(web.post(before["Spec"]).status == 200);
    auto const after = web.inspect();
    CHECK(after["Spec"] == before["Spec"]);
    CHECK(after["PreviousSpec"] == before["Spec"]);
    CHECK(after["Version"]["Index"] > before["Version"]["Index"]);
    CHECK_FALSE(after.contains("UpdateStatus"));
    CHECK(web.running() == tasks);
}

TEST_CASE("replicas and labels together restart no task and start no update", "[changes]") {
    subject const web{"scale", 2};
    auto const two = web.running();
    web.change([](json& spec) {
        spec["Mode"]["Replicated"]["Replicas"] = 4;
        spec["Labels"]["swarm.autoscaler.state"] = "v1";
    });
    CHECK(web.status() == "absent");
    REQUIRE(web.becomes_running(4));
    CHECK(keeps_all(web.running(), two));
    CHECK(web.status() == "absent");
    CHECK(web.inspect()["PreviousSpec"]["Mode"]["Replicated"]["Replicas"] == 2);
    CHECK_FALSE(web.inspect()["PreviousSpec"]["Labels"].contains("swarm.autoscaler.state"));
    auto const four = web.running();
    web.scale(1);
    REQUIRE(web.becomes_running(1));
    CHECK(keeps_all(four, web.running()));
    CHECK(web.status() == "absent");
    REQUIRE(subject::becomes([&] { return web.tasks().size() == 1; }));
}

TEST_CASE("a changed template replaces every task, from updating to completed", "[changes]") {
    subject const web{"template", 2};
    auto const before = web.running();
    web.change([](json& spec) { spec["TaskTemplate"]["ContainerSpec"]["Env"] = {"A=1"}; });
    REQUIRE(web.becomes_status("updating"));
    auto const during = web.inspect()["UpdateStatus"];
    CHECK(during["Message"] == "update in progress");
    CHECK(during.contains("StartedAt"));
    CHECK_FALSE(during.contains("CompletedAt"));
    REQUIRE(web.becomes_status("completed"));
    auto const after = web.inspect()["UpdateStatus"];
    CHECK(after["Message"] == "update completed");
    CHECK(after["StartedAt"] == during["StartedAt"]);
    CHECK(after.contains("CompletedAt"));
    CHECK(web.running().size() == 2);
    CHECK(keeps_none(web.running(), before));
}

TEST_CASE("one more ForceUpdate replaces every task and leaves the count", "[changes]") {
    subject const web{"restart", 2};
    auto const before = web.running();
    auto const restart = [](json& spec) {
        auto& task = spec["TaskTemplate"];
        task["ForceUpdate"] = task.value("ForceUpdate", std::uint64_t{0}) + 1;
        spec["Labels"]["swarm.autoscaler.state"] = "v1";
    };
    web.change(restart);
    REQUIRE(web.becomes_status("updating"));
    REQUIRE(web.becomes_status("completed"));
    auto const after = web.running();
    CHECK(after.size() == 2);
    CHECK(keeps_none(after, before));
    CHECK(web.spec()["TaskTemplate"]["ForceUpdate"] == 1);
    CHECK(web.spec()["Mode"]["Replicated"]["Replicas"] == 2);

    web.scale(3); // restarts nothing
    REQUIRE(web.becomes_running(3));
    CHECK(keeps_all(web.running(), after));
    web.change(restart);
    REQUIRE(web.becomes_status("completed"));
    CHECK(keeps_none(web.running(), after));
    CHECK(web.spec()["TaskTemplate"]["ForceUpdate"] == 2);
}

TEST_CASE("a missing image rolls back to the good one and leaves no PreviousSpec", "[changes]") {
    subject const web{"bad-image", 2};
    auto const good = web.spec();
    web.deploy(subject::missing_image());
    REQUIRE(web.becomes_status("rollback_completed"));
    auto const after = web.inspect();
    CHECK(after["Spec"] == good);
    CHECK_FALSE(after.contains("PreviousSpec"));
    CHECK(after["UpdateStatus"]["Message"] == "rollback completed");
    REQUIRE(web.becomes_running(2));
    bool rejected = false;
    for (auto const& one : web.tasks())
        if (one["Status"]["State"] == "rejected") {
            rejected = true;
            CHECK_THAT(one["Status"]["Err"].get<std::string>(), Catch::Contains("No such image"));
            CHECK(one["DesiredState"] == "shutdown");
        }
    CHECK(rejected);
}

TEST_CASE("a failing command rolls back as well", "[changes]") {
    subject const web{"bad-command", 1};
    auto const good = web.spec();
    web.change([](json& spec) { spec["TaskTemplate"]["ContainerSpec"]["Args"] = {"/bin/false"}; });
    REQUIRE(web.becomes_status("rollback_completed"));
    CHECK(web.spec() == good);
    CHECK(web.previous_image() == "absent");
    REQUIRE(web.becomes_running(1));
}

TEST_CASE("scaling while a bad image is updating strands the service on it", "[changes]") {
    subject const web{"stranded", 3};
    web.deploy(subject::missing_image());
    web.scale(5); // Into the update or into the moment before it: both are fatal.
    CHECK(web.previous_image() == subject::missing_image());
    REQUIRE(web.becomes_status("rollback_paused"));
    auto const after = web.inspect();
    CHECK(after["Spec"]["TaskTemplate"]["ContainerSpec"]["Image"] == subject::missing_image());
    CHECK(after["Spec"]["Mode"]["Replicated"]["Replicas"] == 3);
    CHECK_FALSE(after.contains("PreviousSpec"));
    CHECK_THAT(
        after["UpdateStatus"]["Message"].get<std::string>(),
        Catch::StartsWith("update paused due to failure or early termination of task ")
    );
    CHECK(web.running().size() < 3);
}

TEST_CASE("a paused update resumes when it is scaled", "[changes]") {
    subject const web{pausing_spec("paused", 3)};
    web.deploy(subject::missing_image());
    REQUIRE(web.becomes_status("paused"));
    CHECK(web.running(subject::good_image()).size() == 2);
    CHECK(web.previous_image() == subject::good_image());
    web.scale(4);
    CHECK(web.previous_image() == subject::missing_image());
    REQUIRE(subject::becomes([&] { return web.running(subject::good_image()).size() == 1; }));
    REQUIRE(web.becomes_status("paused"));
}

TEST_CASE("a deploy at zero replicas leaves UpdateStatus absent", "[changes]") {
    subject const web{"zero", 0};
    web.change([](json& spec) { spec["TaskTemplate"]["ContainerSpec"]["Env"] = {"A=1"}; });
    web.scale(1);
    REQUIRE(web.becomes_running(1));
    CHECK(web.status() == "absent");
}

TEST_CASE("a manual rollback after a scaling undoes the scaling, not the deploy", "[changes]") {
    subject const web{"manual", 1};
    auto const none =
        web.post_raw(web.spec().dump(), "version=" + std::to_string(web.version()) + "&rollback=previous");
    CHECK(none.status == 400);
    CHECK_THAT(none.message(), Catch::EndsWith("does not have a previous spec"));
    web.change([](json& spec) { spec["TaskTemplate"]["ContainerSpec"]["Env"] = {"A=1"}; });
    REQUIRE(web.becomes_status("completed"));
    web.scale(3);
    REQUIRE(web.becomes_running(3));
    auto const back =
        web.post_raw(web.spec().dump(), "version=" + std::to_string(web.version()) + "&rollback=previous");
    CHECK(back.status == 200);
    REQUIRE(web.becomes_status("rollback_completed"));
    CHECK(web.spec()["Mode"]["Replicated"]["Replicas"] == 1);
    CHECK(web.spec()["TaskTemplate"]["ContainerSpec"]["Env"] == json{"A=1"});
    CHECK(web.inspect()["PreviousSpec"]["Mode"]["Replicated"]["Replicas"] == 3);
    REQUIRE(web.becomes_running(1));
}

TEST_CASE("a task that no node may run stays pending and says why", "[changes]") {
    auto spec = subject::spec_of("pending", 0);
    spec["TaskTemplate"]["Placement"] = {{"Constraints", {"node.labels.zone==nowhere"}}};
    subject const web{spec};
    web.scale(1);
    REQUIRE(subject::becomes([&] {
        auto const tasks = web.tasks();
        return tasks.size() == 1 && tasks[0]["Status"].contains("Err");
    }));
    auto const task = web.tasks()[0];
    CHECK(task["Status"]["State"] == "pending");
    CHECK(task["Status"]["Message"] == "pending task scheduling");
    CHECK(task["Status"]["Err"] == "no suitable node (scheduling constraints not satisfied on 1 node)");
    CHECK(task["DesiredState"] == "running");
    CHECK_FALSE(task.contains("NodeID"));
}

TEST_CASE("a change of the update settings alone touches no task", "[changes]") {
    subject const web{"settings", 1};
    auto const before = web.running();
    web.change([](json& spec) { spec["UpdateConfig"]["Parallelism"] = 2; });
    web.change([](json& spec) {
        spec["TaskTemplate"]["Placement"] = {{"Constraints", {"node.role==manager"}}};
    });
    web.scale(2);
    REQUIRE(web.becomes_running(2));
    CHECK(keeps_all(web.running(), before));
    CHECK(web.status() == "absent");
}

} // namespace autoscaler::tests
