// Restarts and webhooks through the engine: one write claims each act, before anything happens.
#include "support/catch.hpp"
#include "support/engine_rig.hpp"

using namespace autoscaler::policy;
using namespace autoscaler::policy::testing;

using event::update_result;

namespace {

std::shared_ptr<policy_set> acting(action_rule::kind what, std::string_view alert = "X") {
    return file_of({a_policy({act_on("x", what, alert)})});
}

std::shared_ptr<policy_set> hooked() {
    return acting(action_rule::kind::webhook);
}

} // namespace

TEST_CASE("a restart is one write that leaves the count as it is", "[engine][act]") {
    engine_rig rig(acting(action_rule::kind::restart));
    rig.tick();
    rig.hear({firing("X")});
    rig.look(a_service(3));
    auto const write = rig.take_update();
    CHECK(write.restart);
    CHECK(write.replicas == 3);
    CHECK(write.state.acts.at("web/x") == t0);
    CHECK(write.state.episodes.at("web/x").acted == t0);
    CHECK(write.state.last_set == 3);
    CHECK_FALSE(write.state.last_up);
    rig.records.clear();
    rig.finish(update_result::accepted);
    CHECK(rig.take_record().action == decided_action::restart);
    CHECK(rig.posts.empty());
    rig.look(written(a_service(3), write));
    CHECK(rig.updates.empty());
}

TEST_CASE(
    "a message goes out once its write is accepted, with the alerts that are its cause", "[engine][act]"
) {
    engine_rig rig(hooked());
    rig.tick();
    auto alert = firing("X");
    alert.labels["pool"] = "a";
    rig.hear({alert, firing("Y")});
    rig.look(a_service(3));
    auto const write = rig.take_update();
    CHECK_FALSE(write.restart);
    CHECK(rig.posts.empty());
    rig.finish(update_result::accepted);
    auto const message = rig.take_post();
    CHECK(message.target.url == "http://hook/");
    CHECK(message.what.action == decided_action::webhook);
    CHECK(
        message.alerts == std::vector<std::map<std::string, std::string>>{{{"alertname", "X"}, {"pool", "a"}}}
    );
    rig.look(written(a_service(3), write));
    CHECK(rig.posts.empty());
}

TEST_CASE("a message that failed is told and not sent again", "[engine][act]") {
    engine_rig rig(hooked());
    rig.tick();
    rig.hear({firing("X")});
    auto view = a_service(3);
    rig.look(view);
    view = rig.accept(view);
    rig.records.clear();
    rig.posted(rig.take_post().what, "connection refused");
    auto const failed = rig.take_record();
    CHECK(failed.why == reason::action_failed);
    CHECK(failed.action == decided_action::hold);
    CHECK(failed.error == "connection refused");
    CHECK(failed.rule == "x");
    rig.look(view);
    rig.sleep_until(t0 + 1h);
    CHECK(rig.posts.empty());
}

TEST_CASE("a write that was refused claims nothing", "[engine][act]") {
    engine_rig rig(hooked());
    rig.tick();
    rig.hear({firing("X")});
    rig.look(a_service(3));
    rig.take_update();
    rig.finish(update_result::conflict, "update out of sequence");
    CHECK(rig.posts.empty());
    rig.look(a_service(3, 8));
    CHECK(rig.take_update().version == 8);
}

TEST_CASE(
    "a claim whose answer was lost is found in the label, and the message goes out once", "[engine][act]"
) {
    engine_rig rig(hooked());
    rig.tick();
    rig.hear({firing("X")});
    rig.look(a_service(3));
    auto const write = rig.take_update();
    rig.finish(update_result::unknown, "timeout");
    CHECK(rig.posts.empty());
    rig.sleep();
    auto const view = written(a_service(3), write);
    rig.look(view);
    CHECK(rig.take_post().what.rule == "x");
    rig.changed("id1");
    rig.look(view);
    CHECK(rig.posts.empty());
    CHECK(rig.updates.empty());
}

TEST_CASE("of two autoscalers one sends the message", "[engine][act]") {
    engine_rig first(hooked(), {.instance = "a"});
    engine_rig second(hooked(), {.instance = "b"});
    for (auto* rig : {&first, &second}) {
        rig->tick();
        rig->hear({firing("X")});
        rig->look(a_service(3));
    }
    auto const view = first.accept(a_service(3));
    CHECK(first.posts.size() == 1);
    second.take_update();
    second.finish(update_result::conflict, "update out of sequence");
    second.look(view);
    CHECK(second.updates.empty());
    CHECK(second.posts.empty());
}

TEST_CASE("a step comes before an act, and the act after it", "[engine][act]") {
    engine_rig rig(
        file_of({a_policy({on_alert("x", "X", exactly(5)), act_on("r", action_rule::kind::restart, "X")})})
    );
    rig.tick();
    rig.hear({firing("X")});
    auto view = a_service(3);
    rig.look(view);
    view = rig.accept(view);
    CHECK(view.replicas == 5);
    rig.look(view);
    CHECK(rig.take_update().restart);
}

TEST_CASE("a node that joins restarts once, whatever else it meets", "[engine][act]") {
    engine_rig rig(acting(action_rule::kind::restart, ""));
    rig.tick();
    auto view = a_service(3);
    rig.look(view);
    rig.node_joined();
    view.update = update_state::updating;
    ++view.version;
    rig.look(view);
    CHECK(rig.updates.empty());
    view.update = update_state::completed;
    ++view.version;
    rig.sleep();
    rig.look(view);
    REQUIRE(rig.updates.size() == 1);
    CHECK(rig.updates.front().restart);
    view = rig.accept(view);
    CHECK(rig.look(view).why == reason::no_signal);
    CHECK(rig.updates.empty());
}

TEST_CASE("a node that joins while the write of a restart is under way is not forgotten", "[engine][act]") {
    engine_rig rig(acting(action_rule::kind::restart, ""));
    rig.tick();
    auto view = a_service(3);
    rig.look(view);
    rig.node_joined();
    rig.look(view);
    REQUIRE(rig.updates.size() == 1);
    rig.now += 1s;
    rig.node_joined();
    view = rig.accept(view);
    rig.look(view);
    CHECK(rig.updates.empty()); // not so soon
    rig.now = t0 + 10min;
    rig.changed("id1");
    rig.look(view);
    CHECK(rig.updates.size() == 1);
}

TEST_CASE("a node that joins before the service was seen is not forgotten", "[engine][act]") {
    engine_rig rig(acting(action_rule::kind::restart, ""));
    rig.tick();
    rig.node_joined();
    rig.look(a_service(3));
    CHECK(rig.take_update().restart);
}

TEST_CASE("what others do to a service that is only acted on is in the next claim", "[engine][act]") {
    engine_rig rig(acting(action_rule::kind::restart));
    rig.tick();
    rig.look(a_service(3));
    rig.hear({firing("X")});
    rig.look(a_service(6));
    CHECK(rig.take_update().state.last_set == 6);
}

TEST_CASE("a node that joins is no concern of rules that do not ask for it", "[engine][act]") {
    engine_rig rig(acting(action_rule::kind::restart, "X"));
    rig.tick();
    rig.look(a_service(3));
    rig.records.clear();
    rig.node_joined();
    CHECK(rig.idle());
}

TEST_CASE("in dry run an act is told once and counts as done", "[engine][act]") {
    for (bool const whole : {true, false}) {
        CAPTURE(whole);
        auto policy = a_policy({act_on("x", action_rule::kind::restart, "X")});
        policy.dry_run = !whole;
        engine_rig rig(file_of({policy}), {.instance = "me", .dry_run = whole});
        rig.tick();
        rig.look(a_service(3));
        rig.records.clear();
        rig.hear({firing("X")});
        rig.look(a_service(3));
        CHECK(rig.updates.empty());
        CHECK(rig.take_record().why == reason::dry_run);
        rig.changed("id1");
        rig.look(a_service(3));
        CHECK(rig.take_record().why == reason::already_acted);
        CHECK(rig.updates.empty());
    }
}

TEST_CASE("why an act waits is told once, also over a reload", "[engine][act]") {
    engine_rig rig(acting(action_rule::kind::restart));
    rig.tick();
    auto view = a_service(3);
    view.pause = pause_mode::both;
    rig.look(view);
    rig.records.clear();
    rig.hear({firing("X")});
    rig.look(view);
    CHECK(rig.take_record().why == reason::paused);
    rig.changed("id1");
    rig.look(view);
    rig.reload(acting(action_rule::kind::restart));
    rig.look(view);
    CHECK(rig.records.empty());
}
