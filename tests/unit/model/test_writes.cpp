#include "bench.hpp"

namespace autoscaler::swarm::model {

TEST_CASE("a write needs the exact version of the service", "[model][writes]") {
    bench b;
    auto const id = b.get().id;
    auto const version = b.get().version;
    auto spec = b.get().spec;
    spec.replicas = 4;
    CHECK(b.swarm.update_service(id, version - 1, spec, b.now) == refusal::out_of_sequence);
    CHECK(b.swarm.update_service(id, version + 1, spec, b.now) == refusal::out_of_sequence);
    CHECK(b.swarm.update_service(id, 0, spec, b.now) == refusal::out_of_sequence);
    CHECK(b.get().version == version);
    CHECK(b.get().spec.replicas == 3);
    CHECK_FALSE(b.swarm.update_service(id, version, spec, b.now));
    CHECK(b.get().version > version);
    CHECK(b.swarm.update_service(id, version, spec, b.now) == refusal::out_of_sequence);
}

TEST_CASE(
    "unknown services, other modes and other names are refused before the version is looked at",
    "[model][writes]"
) {
    bench b;
    auto const id = b.get().id;
    auto global = b.get().spec;
    global.mode = service_mode::global;
    auto renamed = b.get().spec;
    renamed.name = "other";
    CHECK(b.swarm.update_service("nope", 1, global, b.now) == refusal::not_found);
    CHECK(b.swarm.update_service(id, 0, global, b.now) == refusal::mode_change);
    CHECK(b.swarm.update_service(id, 0, renamed, b.now) == refusal::rename);
    CHECK(b.swarm.remove_service("nope", b.now) == refusal::not_found);
}

TEST_CASE("a name is given once, and again after its service is gone", "[model][writes]") {
    bench b;
    auto const again = b.swarm.create_service(good_spec(), b.now);
    CHECK(again.refused == refusal::name_taken);
    CHECK(again.id == b.get().id);
    CHECK_FALSE(b.swarm.remove_service(again.id, b.now));
    CHECK(b.swarm.find_service(again.id) == nullptr);
    CHECK(b.swarm.find_service_named("web") == nullptr);
    CHECK_FALSE(b.swarm.tasks().empty());
    auto const fresh = b.swarm.create_service(good_spec(), b.now);
    CHECK_FALSE(fresh.refused);
    CHECK(fresh.id != again.id);
    b.pass(seconds{30});
    CHECK(b.swarm.tasks().size() == 3);
}

TEST_CASE("the orchestrator's own changes are versions too, tasks are not", "[model][writes]") {
    bench b;
    auto const before = b.get().version;
    b.pass(minutes{5});
    CHECK(b.get().version == before);
    REQUIRE_FALSE(b.deploy("app:new"));
    auto const deployed = b.get().version;
    REQUIRE(b.pass_until_state(update_state::updating));
    CHECK(b.get().version > deployed);
    auto const updating = b.get().version;
    auto stale = b.get().spec;
    CHECK(b.swarm.update_service(b.get().id, deployed, stale, b.now) == refusal::out_of_sequence);
    REQUIRE(b.pass_until([&] { return b.running("app:new") == 3; }));
    CHECK(b.get().version == updating);
}

TEST_CASE(
    "posting the same Spec again touches no task but PreviousSpec and UpdateStatus", "[model][writes]"
) {
    bench b;
    REQUIRE_FALSE(b.deploy("app:new"));
    REQUIRE(b.pass_until_state(update_state::completed));
    auto const tasks = b.ids();
    auto const before = b.get();
    CHECK(before.previous_spec->task.image == "app:good");
    REQUIRE_FALSE(b.post(before.spec));
    CHECK(b.status() == "absent");
    CHECK(b.get().spec == before.spec);
    CHECK(b.get().previous_spec == before.spec);
    CHECK(b.get().version > before.version);
    b.pass(minutes{1});
    CHECK(b.ids() == tasks);
    CHECK(b.status() == "absent");
}

TEST_CASE("replicas and labels change without restarting a task", "[model][writes]") {
    bench b;
    auto const tasks = b.ids();
    auto spec = b.get().spec;
    spec.replicas = 5;
    spec.labels["swarm.autoscaler.state"] = "v1";
    REQUIRE_FALSE(b.post(spec));
    REQUIRE(b.pass_until([&] { return b.running() == 5; }));
    CHECK(std::ranges::includes(b.ids(), tasks));
    CHECK(b.status() == "absent");
    spec.labels.clear();
    REQUIRE_FALSE(b.post(spec));
    auto const five = b.ids();
    b.pass(minutes{1});
    CHECK(b.ids() == five);
    CHECK(b.status() == "absent");
    CHECK(b.get().previous_spec->labels.size() == 1);
}

TEST_CASE("any change of the template replaces all tasks, one after the other", "[model][writes]") {
    auto const change = GENERATE(0, 1, 2, 3, 4, 5, 6);
    bench b;
    auto const before = b.ids();
    auto spec = b.get().spec;
    switch (change) {
    case 0:
        spec.task.image = "app:new";
        break;
    case 1:
        spec.task.args = {"/bin/sleep", "2"};
        break;
    case 2:
        spec.task.env = {"A=1"};
        break;
    case 3:
        ++spec.task.force_update;
        break;
    case 4:
        spec.task.rest = R"({"ContainerSpec":{"Labels":{"a":"b"}}})";
        break;
    case 5:
        spec.task.endpoint = R"({"Mode":"dnsrr"})";
        break;
    default:
        spec.task.restart.reset();
        break;
    }
    REQUIRE_FALSE(b.post(spec));
    std::size_t fewest = 3;
    REQUIRE(b.pass_until([&] {
        fewest = std::min(fewest, b.running());
        return b.status() == "completed";
    }));
    CHECK(fewest == 2);
    CHECK(b.running() == 3);
    std::vector<std::string> kept;
    std::ranges::set_intersection(before, b.ids(), std::back_inserter(kept));
    CHECK(kept.empty());
}

TEST_CASE("a job runs again at every update, and its mode cannot be left", "[model][writes]") {
    auto job = good_spec("job");
    job.mode = service_mode::replicated_job;
    bench b{job};
    CHECK(b.get("job").job_iteration == 0);
    auto labelled = job;
    labelled.labels["a"] = "b";
    REQUIRE_FALSE(b.post(labelled));
    CHECK(b.get("job").job_iteration == 1);
    labelled.mode = service_mode::replicated;
    CHECK(b.post(labelled) == refusal::mode_change);
}

TEST_CASE("a copy of the model goes its own way", "[model][writes]") {
    bench b;
    bench other = b;
    REQUIRE_FALSE(other.scale(9));
    other.pass(minutes{1});
    b.pass(minutes{1});
    CHECK(other.running() == 9);
    CHECK(b.running() == 3);
}

TEST_CASE("the same calls at the same times give the same state", "[model][writes]") {
    auto const play = [] {
        bench b;
        CHECK_FALSE(b.deploy("app:bad"));
        b.pass(milliseconds{40});
        CHECK_FALSE(b.scale(5));
        b.pass(minutes{2});
        std::string trace = b.status() + " " + std::to_string(b.get().version);
        for (auto const* const one : b.swarm.tasks())
            trace += "\n" + one->id + " " + std::string{to_string(one->state)} + " " +
                     std::to_string(one->version);
        for (auto const& one : b.swarm.events_after(0))
            trace += "\n" + std::to_string(one.at.time_since_epoch().count());
        return trace;
    };
    CHECK(play() == play());
}

} // namespace autoscaler::swarm::model
