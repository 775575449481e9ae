#include "bench.hpp"

#include <set>

namespace autoscaler::swarm::model {

namespace {

std::string desired_and_state(task const& one) {
    return std::string{to_string(one.desired)} + "/" + std::string{to_string(one.state)};
}

scenario one_manager_two_workers(std::uint64_t replicas) {
    auto made = setting_with({good_spec("web", replicas)});
    made.nodes.push_back({"w1", node_role::worker, {}, {{"zone", "a"}}});
    made.nodes.push_back({"w2", node_role::worker, {}, {}});
    return made;
}

std::string id_of(bench const& b, std::string_view hostname) {
    for (auto const* const one : b.swarm.nodes())
        if (one->hostname == hostname)
            return one->id;
    return {};
}

} // namespace

TEST_CASE("a task passes through its states and runs after its start delay", "[model][tasks]") {
    auto setting = setting_with({});
    setting.pace.start_delay = seconds{4};
    bench b{setting};
    b.swarm.create_service(good_spec("web", 1), b.now);
    std::vector<std::string> seen;
    REQUIRE(b.pass_until([&] {
        auto const tasks = b.swarm.tasks();
        if (!tasks.empty() && (seen.empty() || seen.back() != desired_and_state(*tasks.front())))
            seen.push_back(desired_and_state(*tasks.front()));
        return b.running() == 1;
    }));
    CHECK(b.now - start >= seconds{4});
    CHECK(b.now - start < seconds{5});
    CHECK(seen.front() == "running/new");
    CHECK(std::ranges::find(seen, "running/starting") != seen.end());
    CHECK(seen.back() == "running/running");
    CHECK(b.swarm.tasks().front()->slot == 1U);
}

TEST_CASE(
    "scaling down removes tasks without history, and counts them until they have stopped", "[model][tasks]"
) {
    bench b;
    REQUIRE_FALSE(b.scale(0));
    b.pass(milliseconds{10});
    auto counts = b.swarm.count_tasks(b.get());
    CHECK(counts.running == 3);
    CHECK(counts.desired == 0);
    for (auto const* const one : b.swarm.tasks())
        CHECK(desired_and_state(*one) == "remove/running");
    b.pass(seconds{2});
    CHECK(b.swarm.tasks().empty());
    CHECK(b.swarm.count_tasks(b.get()).running == 0);
}

TEST_CASE("stopping lasts as long as the container takes, at most the stop grace", "[model][tasks]") {
    auto spec = good_spec("web", 1);
    spec.task.stop_grace = seconds{3};
    auto setting = setting_with({spec});
    auto const takes = GENERATE(seconds{1}, seconds{60});
    setting.images["app:good"].stop_time = takes;
    bench b{setting};
    REQUIRE_FALSE(b.scale(0));
    b.pass(milliseconds{2});
    b.pass(std::min(takes, seconds{3}) - milliseconds{1});
    CHECK(b.swarm.tasks().size() == 1);
    b.pass(milliseconds{1});
    CHECK(b.swarm.tasks().empty());
}

TEST_CASE("scaling up fills the lowest free slots", "[model][tasks]") {
    bench b{good_spec("web", 4)};
    REQUIRE_FALSE(b.scale(2));
    b.pass(seconds{10});
    REQUIRE_FALSE(b.scale(4));
    b.pass(seconds{10});
    std::set<std::uint64_t> slots;
    for (auto const* const one : b.swarm.tasks())
        slots.insert(one->slot.value());
    CHECK(slots == std::set<std::uint64_t>{1, 2, 3, 4});
}

TEST_CASE("a replica count beyond reason is kept, the tasks are not made", "[model][tasks]") {
    auto setting = setting_with({good_spec()});
    setting.task_limit = 500;
    bench b{setting};
    REQUIRE_FALSE(b.scale(1'000'000'000'000));
    b.pass(seconds{10});
    CHECK(b.get().spec.replicas == 1'000'000'000'000);
    CHECK(b.swarm.count_tasks(b.get()).desired == 1'000'000'000'000);
    CHECK(b.swarm.tasks().size() == 500);
    REQUIRE_FALSE(b.scale(0));
    b.pass(seconds{10});
    CHECK(b.swarm.tasks().empty());
}

TEST_CASE("the limit of a scenario that names none is ten thousand tasks", "[model][tasks]") {
    bench b;
    REQUIRE_FALSE(b.scale(50'000));
    b.pass(milliseconds{10});
    CHECK(b.swarm.tasks().size() == 10'000);
    CHECK(b.get().spec.replicas == 50'000);
}

TEST_CASE("a failing command is restarted for ever and never counts as running for long", "[model][tasks]") {
    auto spec = good_spec("web", 2);
    spec.task.args = {"/bin/false"};
    auto setting = setting_with({spec});
    setting.commands["/bin/false"].runs_for = duration{};
    bench b{setting};
    std::set<std::string> failed;
    for (int i = 0; i < 200; ++i) {
        b.pass(milliseconds{100});
        CHECK(b.swarm.count_tasks(b.get()).running == 0);
        for (auto const* const one : b.swarm.tasks())
            if (one->state == task_state::failed) {
                failed.insert(one->id);
                CHECK(one->error == "task: non-zero exit (1)");
                CHECK(one->desired == task_state::shutdown);
            }
    }
    CHECK(failed.size() > 10);
    CHECK(b.swarm.tasks().size() <= 2 * 6);
}

TEST_CASE("a missing image is rejected while preparing", "[model][tasks]") {
    auto spec = good_spec("web", 1);
    spec.task.image = "app:bad";
    bench b{spec};
    auto const tasks = b.swarm.tasks();
    auto const rejected =
        std::ranges::find_if(tasks, [](task const* one) { return one->state == task_state::rejected; });
    REQUIRE(rejected != tasks.end());
    CHECK((*rejected)->error == "No such image: app:bad");
    CHECK((*rejected)->message == "preparing");
}

TEST_CASE(
    "tasks that ended for good are not replaced, and never reach the desired number", "[model][tasks]"
) {
    auto spec = good_spec("web", 2);
    spec.task.restart->condition = GENERATE(restart_condition::none, restart_condition::on_failure);
    auto setting = setting_with({spec});
    setting.images["app:good"].runs_for = seconds{1};
    setting.images["app:good"].exit_code = 0;
    bench b{setting};
    b.pass(minutes{1});
    REQUIRE(b.swarm.tasks().size() == 2);
    for (auto const* const one : b.swarm.tasks())
        CHECK(one->state == task_state::complete);
    CHECK(b.swarm.count_tasks(b.get()).running == 0);
    CHECK(b.swarm.count_tasks(b.get()).desired == 2);
}

TEST_CASE(
    "a task without a node stays pending with the reason and takes the first chance", "[model][tasks]"
) {
    auto spec = good_spec("web", 1);
    spec.task.constraints = {"node.labels.zone==a"};
    auto setting = setting_with({spec});
    setting.nodes.front().labels["zone"] = "b";
    bench alone{setting};
    auto const& pending = *alone.swarm.tasks().front();
    CHECK(desired_and_state(pending) == "running/pending");
    CHECK(pending.message == "pending task scheduling");
    CHECK(pending.error == "no suitable node (scheduling constraints not satisfied on 1 node)");

    setting.nodes.push_back({"w1", node_role::worker, availability::drain, {{"zone", "a"}}});
    setting.nodes.push_back({"w2", node_role::worker, availability::active, {}});
    bench b{setting};
    CHECK(
        b.swarm.tasks().front()->error == "no suitable node (scheduling constraints not satisfied on 2 nodes)"
    );
    REQUIRE(b.swarm.set_availability(id_of(b, "w1"), availability::active, b.now));
    b.pass(seconds{2});
    CHECK(b.running() == 1);
}

TEST_CASE("constraints compare roles, names and labels", "[model][tasks]") {
    node one;
    one.id = "id1";
    one.hostname = "w1";
    one.role = node_role::worker;
    one.labels["zone"] = "a";
    CHECK(satisfies(one, {}));
    CHECK(satisfies(one, {"node.role == worker", "node.labels.zone==a", "node.hostname!=w2", "node.id==id1"})
    );
    CHECK_FALSE(satisfies(one, {"node.role==manager"}));
    CHECK_FALSE(satisfies(one, {"node.role!=worker"}));
    CHECK_FALSE(satisfies(one, {"node.labels.rack==a"}));
    CHECK(satisfies(one, {"node.labels.rack!=a"}));
    CHECK_FALSE(satisfies(one, {"nonsense"}));
}

TEST_CASE(
    "the tasks of a lost node look alive until it is down, and are counted even then", "[model][tasks]"
) {
    bench b{one_manager_two_workers(6)};
    CHECK(b.running() == 6);
    REQUIRE(b.swarm.lose_node(id_of(b, "w2"), b.now));
    b.pass(seconds{11});
    CHECK(b.running() == 6);
    b.pass(seconds{5});
    CHECK(b.running() == 6);
    CHECK(b.swarm.count_tasks(b.get()).running == 8);
    CHECK(b.swarm.count_tasks(b.get()).desired == 6);
    REQUIRE(b.swarm.recover_node(id_of(b, "w2"), b.now));
    b.pass(seconds{5});
    CHECK(b.swarm.count_tasks(b.get()).running == 6);
    auto const* const back = b.swarm.nodes().back();
    for (auto const* const one : b.swarm.tasks())
        CHECK_FALSE((one->state == task_state::running && one->node == back->number)); // No rebalancing.
}

TEST_CASE("a node that comes back before anybody noticed keeps its tasks", "[model][tasks]") {
    bench b{one_manager_two_workers(6)};
    auto const tasks = b.ids();
    REQUIRE(b.swarm.lose_node(id_of(b, "w1"), b.now));
    b.pass(seconds{8});
    REQUIRE(b.swarm.recover_node(id_of(b, "w1"), b.now));
    REQUIRE(b.swarm.lose_node(id_of(b, "w1"), b.now));
    b.pass(seconds{8});
    REQUIRE(b.swarm.recover_node(id_of(b, "w1"), b.now));
    b.pass(minutes{1});
    CHECK(b.ids() == tasks);
    CHECK_FALSE(b.swarm.lose_node("nope", b.now));
    CHECK_FALSE(b.swarm.recover_node("nope", b.now));
    CHECK_FALSE(b.swarm.set_availability("nope", availability::drain, b.now));
}

TEST_CASE("draining a node moves its tasks away", "[model][tasks]") {
    bench b{one_manager_two_workers(6)};
    REQUIRE(b.swarm.set_availability(id_of(b, "w1"), availability::drain, b.now));
    b.pass(seconds{10});
    CHECK(b.running() == 6);
    CHECK(b.swarm.count_tasks(b.get()).running == 6);
    auto const drained = b.swarm.nodes()[1]->number;
    for (auto const* const one : b.swarm.tasks())
        CHECK_FALSE((one->desired == task_state::running && one->node == drained));
}

TEST_CASE("a global service has one task per node that may run it", "[model][tasks]") {
    auto setting = one_manager_two_workers(1);
    auto spec = good_spec("everywhere");
    spec.mode = service_mode::global;
    spec.task.constraints = {"node.role==worker"};
    setting.services.push_back({spec, {}});
    bench b{setting};
    CHECK(b.running({}, "everywhere") == 2);
    CHECK(b.swarm.count_tasks(b.get("everywhere")).desired == 2);
    for (auto const* const one : b.swarm.tasks_of(b.get("everywhere")))
        CHECK_FALSE(one->slot);
    REQUIRE(b.swarm.set_availability(id_of(b, "w1"), availability::drain, b.now));
    b.pass(seconds{10});
    CHECK(b.running({}, "everywhere") == 1);
    REQUIRE_FALSE(b.deploy("app:new", "everywhere"));
    b.pass(minutes{1});
    CHECK(b.running("app:new", "everywhere") == 1);
    CHECK(b.status("everywhere") == "completed");
}

TEST_CASE("events tell what changed in a service and in a node, in order", "[model][events]") {
    bench b{one_manager_two_workers(2)};
    auto const before = b.swarm.last_event();
    REQUIRE_FALSE(b.scale(3));
    REQUIRE_FALSE(b.deploy("app:bad"));
    REQUIRE(b.pass_until_state(update_state::rollback_completed));
    auto labels = b.get().spec;
    labels.labels["a"] = "b";
    REQUIRE_FALSE(b.post(labels));
    REQUIRE(b.swarm.set_availability(id_of(b, "w1"), availability::pause, b.now));
    auto const id = b.get().id;
    REQUIRE_FALSE(b.swarm.remove_service(id, b.now));

    using attributes = std::map<std::string, std::string>;
    std::vector<attributes> seen;
    auto sequence = before;
    for (auto const& one : b.swarm.events_after(before)) {
        CHECK(one.sequence == ++sequence);
        seen.push_back(one.attributes);
    }
    CHECK(
        seen ==
        std::vector<attributes>{
            {{"name", "web"}, {"replicas.old", "2"}, {"replicas.new", "3"}},
            {{"name", "web"}, {"image.old", "app:good"}, {"image.new", "app:bad"}},
            {{"name", "web"}, {"updatestate.new", "updating"}},
            {{"name", "web"},
             {"image.old", "app:bad"},
             {"image.new", "app:good"},
             {"updatestate.old", "updating"},
             {"updatestate.new", "rollback_started"}},
            {{"name", "web"},
             {"updatestate.old", "rollback_started"},
             {"updatestate.new", "rollback_completed"}},
            {{"name", "web"}},
            {{"name", "w1"}, {"availability.old", "active"}, {"availability.new", "pause"}},
            {{"name", "web"}},
        }
    );
    CHECK(b.swarm.events_after(before).back().action == change::remove);
    CHECK(b.swarm.events_after(before).back().id == id);
}

TEST_CASE("the event log forgets its oldest entries", "[model][events]") {
    auto setting = setting_with({good_spec()});
    setting.event_limit = 5;
    bench b{setting};
    for (std::uint64_t i = 0; i < 20; ++i)
        REQUIRE_FALSE(b.scale(i % 2));
    CHECK(b.swarm.events_after(0).size() == 5);
    CHECK(b.swarm.events_after(0).back().sequence == b.swarm.last_event());
}

TEST_CASE("a Swarm at rest has nothing due, and time does not run backwards", "[model][tasks]") {
    bench b;
    b.pass(minutes{5});
    CHECK_FALSE(b.swarm.next_due());
    REQUIRE_FALSE(b.scale(4));
    CHECK(b.swarm.next_due() == b.now + milliseconds{2});
    b.swarm.advance(start);
    CHECK(b.swarm.now() == b.now);
    b.pass(minutes{5});
    CHECK_FALSE(b.swarm.next_due());
}

TEST_CASE("the default scenario has two services that take a second to start", "[model][tasks]") {
    cluster swarm{default_scenario(), start};
    auto const* const patient = swarm.find_service_named("hosp_patient");
    auto const* const web = swarm.find_service_named("web");
    REQUIRE(patient != nullptr);
    REQUIRE(web != nullptr);
    CHECK(patient->spec.task.image == "patient:latest");
    CHECK(swarm.count_tasks(*patient).running == 2);
    CHECK(swarm.count_tasks(*web).running == 2);
    auto more = patient->spec;
    more.replicas = 3;
    REQUIRE_FALSE(swarm.update_service(std::string{patient->id}, patient->version, more, start));
    swarm.advance(start + seconds{1});
    CHECK(swarm.count_tasks(*swarm.find_service_named("hosp_patient")).running == 2);
    swarm.advance(start + seconds{2});
    CHECK(swarm.count_tasks(*swarm.find_service_named("hosp_patient")).running == 3);
}

TEST_CASE("a node that joins is announced, takes pending tasks and moves no other", "[tasks]") {
    auto spec = good_spec("web", 2);
    auto waiting = good_spec("far", 1);
    waiting.task.constraints = {"node.hostname==node2"};
    bench b(setting_with({spec, waiting}));
    auto const web = [&] { return b.swarm.tasks_of(*b.swarm.find_service_named("web")); };
    REQUIRE(b.pass_until([&] {
        return b.swarm.tasks_of(*b.swarm.find_service_named("far"))[0]->state == task_state::pending;
    }));
    auto const heard = b.swarm.last_event();
    auto const before = web()[0]->id;
    auto const id = b.swarm.join_node(
        {.hostname = "node2", .role = node_role::worker, .available = {}, .labels = {}}, b.now
    );
    auto const events = b.swarm.events_after(heard);
    REQUIRE(events.size() >= 2);
    CHECK(events[0].action == change::create);
    CHECK(events[0].id == id);
    CHECK(events[1].attributes.at("state.old") == "unknown");
    CHECK(events[1].attributes.at("state.new") == "ready");
    CHECK(b.swarm.nodes().size() == 2);
    REQUIRE(b.pass_until([&] {
        return b.swarm.tasks_of(*b.swarm.find_service_named("far"))[0]->state == task_state::running;
    }));
    CHECK(web()[0]->id == before);
}

} // namespace autoscaler::swarm::model
