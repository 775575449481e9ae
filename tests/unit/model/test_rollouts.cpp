#include "bench.hpp"

namespace autoscaler::swarm::model {

namespace {

std::string previous_image(bench const& b) {
    auto const& previous = b.get().previous_spec;
    return previous ? previous->task.image : "absent";
}

service_spec failing(service_spec spec) {
    spec.task.args = {"/bin/false"};
    return spec;
}

} // namespace

TEST_CASE("a good deploy goes from updating to completed after the monitor time", "[model][rollouts]") {
    bench b;
    REQUIRE_FALSE(b.deploy("app:new"));
    CHECK(b.status() == "absent");
    b.pass(milliseconds{1});
    CHECK(b.status() == "absent"); // The orchestrator needs a moment: the gap that a guard must know.
    REQUIRE(b.pass_until_state(update_state::updating));
    CHECK(b.now - start <= milliseconds{6});
    CHECK(b.get().status->message == "update in progress");
    CHECK_FALSE(b.get().status->completed_at);
    REQUIRE(b.pass_until([&] { return b.running("app:new") == 3; }));
    auto const all_new = b.now;
    CHECK(b.status() == "updating");
    REQUIRE(b.pass_until_state(update_state::completed));
    CHECK(b.now - all_new == seconds{2});
    CHECK(b.get().status->message == "update completed");
    CHECK(b.get().status->completed_at == b.now);
    CHECK(previous_image(b) == "app:good");
}

TEST_CASE("the monitor time is five seconds by default and outlasts the delay", "[model][rollouts]") {
    auto spec = good_spec("web", 1);
    spec.update->monitor = {};
    auto const delay = GENERATE(seconds{0}, seconds{7});
    spec.update->delay = delay;
    bench b{spec};
    REQUIRE_FALSE(b.deploy("app:new"));
    REQUIRE(b.pass_until([&] { return b.running("app:new") == 1; }));
    auto const ran = b.now;
    REQUIRE(b.pass_until_state(update_state::completed));
    CHECK(b.now - ran == (delay == seconds{0} ? seconds{5} : seconds{7 + 8}));
}

TEST_CASE("a bad deploy left alone rolls back to the good one", "[model][rollouts]") {
    bench b;
    bool const missing_image = GENERATE(true, false);
    auto spec = missing_image ? b.get().spec : failing(b.get().spec);
    spec.task.image = missing_image ? "app:bad" : "app:good";
    spec.labels["deploy"] = "2";
    REQUIRE_FALSE(b.post(spec));
    REQUIRE(b.pass_until_state(update_state::updating));
    auto const started = b.get().status->started_at;
    REQUIRE(b.pass_until_state(update_state::rollback_started));
    CHECK(
        b.get().status->message.starts_with("update rolled back due to failure or early termination of task ")
    );
    CHECK(b.get().status->started_at == started);
    REQUIRE(b.pass_until_state(update_state::rollback_completed));
    CHECK(b.get().status->message == "rollback completed");
    CHECK(b.get().spec == good_spec());
    CHECK(previous_image(b) == "absent");
    b.pass(minutes{1});
    CHECK(b.running("app:good") == 3);
}

TEST_CASE(
    "scaling while a bad deploy is updating strands the service on the bad image", "[model][rollouts]"
) {
    bench b;
    REQUIRE_FALSE(b.deploy("app:bad"));
    REQUIRE(b.pass_until_state(update_state::updating));
    REQUIRE_FALSE(b.scale(5));
    CHECK(b.status() == "absent");
    CHECK(previous_image(b) == "app:bad");
    REQUIRE(b.pass_until_state(update_state::rollback_started));
    REQUIRE(b.pass_until_state(update_state::rollback_paused));
    CHECK(b.get().status->message.starts_with("update paused due to failure"));
    CHECK(b.get().spec.task.image == "app:bad");
    CHECK(b.get().spec.replicas == 3);
    CHECK(previous_image(b) == "absent");
    b.pass(minutes{2});
    CHECK(b.running() == 0);
}

TEST_CASE("scaling into the gap before updating strands the service just as well", "[model][rollouts]") {
    bench b;
    REQUIRE_FALSE(b.deploy("app:bad"));
    b.pass(milliseconds{1});
    REQUIRE(b.status() == "absent");
    REQUIRE_FALSE(b.scale(5));
    CHECK(previous_image(b) == "app:bad");
    b.pass(minutes{2});
    CHECK(b.status() == "rollback_paused");
    CHECK(b.running() < 3);
    CHECK(b.get().spec.task.image == "app:bad");
    CHECK(previous_image(b) == "absent");
}

TEST_CASE("the same with a failing command ends on the failing command", "[model][rollouts]") {
    bench b;
    REQUIRE_FALSE(b.post(failing(b.get().spec)));
    REQUIRE(b.pass_until_state(update_state::updating));
    REQUIRE_FALSE(b.scale(5));
    b.pass(minutes{2});
    CHECK((b.status() == "rollback_completed" || b.status() == "rollback_paused"));
    CHECK(b.get().spec.task.args.front() == "/bin/false");
}

TEST_CASE("scaling before the bad deploy is safe", "[model][rollouts]") {
    bench b;
    REQUIRE_FALSE(b.scale(5));
    b.pass(minutes{1});
    REQUIRE_FALSE(b.deploy("app:bad"));
    REQUIRE(b.pass_until_state(update_state::rollback_completed));
    b.pass(minutes{1});
    CHECK(b.running("app:good") == 5);
    CHECK(b.get().spec.replicas == 5);
}

TEST_CASE("a paused update resumes when the service is scaled", "[model][rollouts]") {
    auto spec = good_spec();
    spec.update->on_failure = failure_action::pause;
    bench b{spec};
    REQUIRE_FALSE(b.deploy("app:bad"));
    REQUIRE(b.pass_until_state(update_state::paused));
    CHECK(b.get().status->message.starts_with("update paused due to failure or early termination of task "));
    b.pass(minutes{1});
    CHECK(b.status() == "paused");
    CHECK(b.running("app:good") == 2);
    REQUIRE_FALSE(b.scale(5));
    REQUIRE(b.pass_until_state(update_state::paused));
    b.pass(minutes{1});
    CHECK(b.running("app:good") == 1);
    CHECK(previous_image(b) == "app:bad");
    REQUIRE_FALSE(b.roll_back());
    b.pass(minutes{1});
    CHECK(b.get().spec.task.image == "app:bad");
}

TEST_CASE("a manual rollback after a scaling undoes the scaling, not the deploy", "[model][rollouts]") {
    bench b;
    REQUIRE_FALSE(b.deploy("app:two"));
    REQUIRE(b.pass_until_state(update_state::completed));
    REQUIRE_FALSE(b.scale(5));
    REQUIRE(b.pass_until([&] { return b.running("app:two") == 5; }));
    REQUIRE_FALSE(b.roll_back());
    CHECK(b.status() == "rollback_started");
    CHECK(b.get().status->message == "manually requested rollback");
    CHECK(b.get().spec.replicas == 3);
    CHECK(b.get().previous_spec->replicas == 5);
    REQUIRE(b.pass_until_state(update_state::rollback_completed));
    b.pass(minutes{1});
    CHECK(b.running("app:two") == 3);
}

TEST_CASE(
    "a manual rollback of a deploy brings the old image back and can itself be undone", "[model][rollouts]"
) {
    bench b;
    CHECK(b.roll_back() == refusal::no_previous_spec);
    REQUIRE_FALSE(b.deploy("app:two"));
    REQUIRE(b.pass_until_state(update_state::completed));
    REQUIRE_FALSE(b.roll_back());
    REQUIRE(b.pass_until_state(update_state::rollback_completed));
    CHECK(b.running("app:good") == 3);
    CHECK(previous_image(b) == "app:two");
    REQUIRE_FALSE(b.roll_back());
    REQUIRE(b.pass_until_state(update_state::rollback_completed));
    CHECK(b.running("app:two") == 3);
}

TEST_CASE("scaling during a rollback applies and leaves no trace of the rollback", "[model][rollouts]") {
    bench b;
    REQUIRE_FALSE(b.deploy("app:bad"));
    REQUIRE(b.pass_until_state(update_state::rollback_started));
    REQUIRE_FALSE(b.scale(5));
    CHECK(b.status() == "absent");
    b.pass(minutes{2});
    CHECK(b.running("app:good") == 5);
    CHECK(b.get().spec.task.image == "app:good");
    CHECK_FALSE(b.status().starts_with("rollback"));
}

TEST_CASE("scaling during a slow good update starts its clock and its counters anew", "[model][rollouts]") {
    auto spec = good_spec();
    spec.update->delay = seconds{10};
    spec.update->monitor = seconds{12};
    bench b{spec};
    REQUIRE_FALSE(b.deploy("app:new"));
    REQUIRE(b.pass_until([&] { return b.running("app:new") == 1; }));
    auto const first = b.get().status->started_at;
    b.pass(seconds{5});
    REQUIRE_FALSE(b.scale(4));
    REQUIRE(b.pass_until_state(update_state::updating));
    CHECK(b.get().status->started_at > first);
    REQUIRE(b.pass_until_state(update_state::completed));
    CHECK(b.running("app:new") == 4);
}

TEST_CASE("a deploy at zero replicas never has an UpdateStatus", "[model][rollouts]") {
    bench b{good_spec("web", 0)};
    REQUIRE_FALSE(b.deploy("app:new"));
    b.pass(minutes{1});
    CHECK(b.status() == "absent");
    REQUIRE_FALSE(b.scale(2));
    b.pass(minutes{1});
    CHECK(b.running("app:new") == 2);
    CHECK(b.status() == "absent");
}

TEST_CASE("a placement change that every node satisfies never has an UpdateStatus", "[model][rollouts]") {
    bench b;
    auto const tasks = b.ids();
    auto spec = b.get().spec;
    spec.task.constraints = {"node.role == manager"};
    REQUIRE_FALSE(b.post(spec));
    b.pass(minutes{1});
    CHECK(b.status() == "absent");
    CHECK(b.ids() == tasks);
}

TEST_CASE("an update stays updating for as long as its tasks find no node", "[model][rollouts]") {
    bench b;
    auto spec = b.get().spec;
    spec.task.constraints = {"node.labels.zone == nowhere"};
    REQUIRE_FALSE(b.post(spec));
    b.pass(minutes{60});
    CHECK(b.status() == "updating");
    CHECK(b.running() == 2);
}

TEST_CASE("a no-op post in mid-rollout lets it go on without a trace", "[model][rollouts]") {
    bench b;
    REQUIRE_FALSE(b.deploy("app:new"));
    REQUIRE(b.pass_until_state(update_state::updating));
    REQUIRE_FALSE(b.post(b.get().spec));
    CHECK(b.status() == "absent");
    b.pass(minutes{1});
    CHECK(b.running("app:new") == 3);
    CHECK(b.status() == "absent");
    CHECK(previous_image(b) == "app:new");
}

TEST_CASE("start-first never has fewer tasks than asked for", "[model][rollouts]") {
    auto spec = good_spec();
    spec.update->order = update_order::start_first;
    bench b{spec};
    REQUIRE_FALSE(b.deploy("app:new"));
    std::size_t fewest = 3;
    REQUIRE(b.pass_until([&] {
        fewest = std::min(fewest, b.running());
        return b.status() == "completed";
    }));
    CHECK(fewest == 3);
    CHECK(b.running("app:new") == 3);
    CHECK(b.running("app:good") == 0);
}

TEST_CASE("parallelism zero replaces all at once, delay spaces the slots", "[model][rollouts]") {
    auto spec = good_spec();
    bool const at_once = GENERATE(true, false);
    spec.update->parallelism = at_once ? 0 : 1;
    spec.update->delay = at_once ? seconds{0} : seconds{1};
    bench b{spec};
    REQUIRE_FALSE(b.deploy("app:new"));
    std::size_t fewest = 3;
    REQUIRE(b.pass_until([&] {
        fewest = std::min(fewest, b.running());
        return b.running("app:new") == 3;
    }));
    CHECK(fewest == (at_once ? 0U : 2U));
    CHECK((b.now - start > seconds{2}) == !at_once);
}

TEST_CASE("failures below the ratio, or with action continue, let the update complete", "[model][rollouts]") {
    auto spec = good_spec();
    spec.update->on_failure = GENERATE(failure_action::proceed, failure_action::rollback);
    spec.update->max_failure_ratio = 1;
    bench b{spec};
    REQUIRE_FALSE(b.deploy("app:bad"));
    REQUIRE(b.pass_until_state(update_state::completed));
    CHECK(b.running() == 0);
}

TEST_CASE("a failure after the monitor time is not the rollout's", "[model][rollouts]") {
    auto setting = setting_with({good_spec("web", 1)});
    setting.images["app:late"].runs_for = seconds{3};
    bench b{setting};
    REQUIRE_FALSE(b.deploy("app:late"));
    REQUIRE(b.pass_until_state(update_state::completed));
    CHECK(previous_image(b) == "app:good");
}

} // namespace autoscaler::swarm::model
