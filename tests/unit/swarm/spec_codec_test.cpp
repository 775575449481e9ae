#include "recorded.hpp"
#include "result_text.hpp"
#include "support/catch.hpp"
#include "swarm_client/spec_codec.hpp"

#include <nlohmann/json.hpp>

#include <set>
#include <string>

using namespace autoscaler::swarm;
using namespace autoscaler::swarm::test;
using nlohmann::json;

TEST_CASE("a new service is decoded whole", "[spec]") {
    auto const found = decoded(recorded("20.10/service_new.json"));
    CHECK(found.id == "sfgcjjfcro3qvhr1gisfirodz");
    CHECK(found.name == "web");
    CHECK(found.version == 28);
    CHECK(found.mode == service_mode::replicated);
    CHECK(found.replicas == 2);
    CHECK(found.update == update_state::none);
    CHECK(found.update_message.empty());
    CHECK(found.on_failure == failure_action::roll_back);
    CHECK(
        found.labels ==
        label_map{
            {"swarm.autoscaler", "true"},
            {"swarm.autoscaler.maximum", "10"},
            {"swarm.autoscaler.minimum", "1"},
        }
    );
    CHECK_FALSE(found.previous);
    CHECK_FALSE(found.deploy_in_flight);
    CHECK(*found.spec == json::parse(recorded("20.10/service_new.json")).at("Spec"));
}

TEST_CASE("each recorded service has its update state", "[spec]") {
    struct row {
        char const* name;
        update_state state;
        failure_action on_failure;
        char const* message;
    };

    auto const [name, state, on_failure, message] = GENERATE(
        row{"20.10/service_updating.json",
            update_state::updating,
            failure_action::roll_back,
            "update in progress"},
        row{"20.10/service_completed.json",
            update_state::completed,
            failure_action::roll_back,
            "update completed"},
        row{"20.10/service_paused.json",
            update_state::paused,
            failure_action::pause_update,
            "update paused due to failure or early termination of task onhnzbaquxxfm07dn3qo16dvn"},
        row{"20.10/service_rollback_started.json",
            update_state::rollback_started,
            failure_action::roll_back,
            "update rolled back due to failure or early termination of task xpe7i0nz508wkdvhampo50d8x"},
        row{"20.10/service_rollback_paused.json",
            update_state::rollback_paused,
            failure_action::roll_back,
            "update paused due to failure or early termination of task m8vh3kbe96wpi8vjrh39uqk8d"},
        row{"20.10/service_rollback_completed.json",
            update_state::rollback_completed,
            failure_action::roll_back,
            "rollback completed"},
        row{"20.10/service_scaled.json", update_state::none, failure_action::roll_back, ""},
        row{"20.10/service_every_option.json", update_state::none, failure_action::roll_back, ""},
        row{"28.5/service.json", update_state::none, failure_action::pause_update, ""},
        row{"29.7/service.json", update_state::none, failure_action::pause_update, ""}
    );
    INFO(name);
    auto const found = decoded(recorded(name));
    CHECK(to_string(found.update) == to_string(state));
    CHECK(to_string(found.on_failure) == to_string(on_failure));
    CHECK(found.update_message == message);
    CHECK(found.mode == service_mode::replicated);
    CHECK_FALSE(found.deploy_in_flight);
}

TEST_CASE("what was in force before the last change is kept", "[spec]") {
    auto const found = decoded(recorded("20.10/service_scaled.json"));
    CHECK(found.replicas == 4);
    CHECK(found.labels.at("swarm.autoscaler.state") == R"({"t":1})");
    REQUIRE(found.previous);
    CHECK(found.previous->replicas == 2);
    CHECK_FALSE(found.previous->labels.contains("swarm.autoscaler.state"));
    CHECK(found.previous->task_template_fingerprint == found.task_template_fingerprint);
}

TEST_CASE("the task template's fingerprint tells its content, not the rest of the service", "[spec]") {
    auto const fresh = decoded(recorded("20.10/service_new.json"));
    auto const scaled = decoded(recorded("20.10/service_scaled.json"));
    auto const deployed = decoded(recorded("20.10/service_updating.json"));
    CHECK(fresh.task_template_fingerprint == scaled.task_template_fingerprint);
    CHECK(fresh.task_template_fingerprint != deployed.task_template_fingerprint);
}

TEST_CASE("a deploy of this instant is seen before the engine says so", "[spec]") {
    // What service_updating.json was, a moment before the orchestrator wrote "updating".
    auto const fresh = [](json& value) { value.erase("UpdateStatus"); };
    CHECK(altered("20.10/service_updating.json", fresh).deploy_in_flight);

    auto const changed = [&](auto change) {
        return altered(
                   "20.10/service_updating.json",
                   [&](json& value) {
                       fresh(value);
                       value["Spec"]["TaskTemplate"] = value["PreviousSpec"]["TaskTemplate"];
                       change(value);
                   }
        ).deploy_in_flight;
    };
    SECTION("a restart is a deploy") {
        CHECK(changed([](json& value) { value["Spec"]["TaskTemplate"]["ForceUpdate"] = 7; }));
    }
    SECTION("changes that replace no task are no deploy") {
        CHECK_FALSE(changed([](json&) {}));
        CHECK_FALSE(changed([](json& value) {
            value["Spec"]["Mode"]["Replicated"]["Replicas"] = 9;
            value["Spec"]["Labels"]["x"] = "y";
            value["Spec"]["Name"] = "other";
            value["Spec"]["UpdateConfig"]["Parallelism"] = 7;
            value["Spec"]["RollbackConfig"]["Parallelism"] = 7;
            value["Spec"]["TaskTemplate"]["Placement"]["Constraints"] = {"node.role==worker"};
        }));
    }
    SECTION("any other change is one") {
        CHECK(changed([](json& value) { value["Spec"]["TaskTemplate"]["ForceUpdate"] = 1; }));
        CHECK(changed([](json& value) { value["Spec"]["EndpointSpec"]["Mode"] = "vip"; }));
        CHECK(changed([](json& value) { value["Spec"]["Networks"] = {{{"Target", "n"}}}; }));
    }
    SECTION("without replicas nothing is rolled, so there is nothing to wait for") {
        CHECK_FALSE(changed([](json& value) {
            value["Spec"]["TaskTemplate"]["ForceUpdate"] = 1;
            value["Spec"]["Mode"]["Replicated"]["Replicas"] = 0;
        }));
    }
    SECTION("an update state says it all itself") {
        CHECK_FALSE(decoded(recorded("20.10/service_updating.json")).deploy_in_flight);
        CHECK_FALSE(decoded(recorded("20.10/service_completed.json")).deploy_in_flight);
    }
}

TEST_CASE("an update state that is not known is never taken for none", "[spec]") {
    auto const state = [](json given) {
        return altered(
                   "20.10/service_new.json", [&](json& value) { value["UpdateStatus"] = std::move(given); }
        ).update;
    };
    CHECK(state({{"State", "frobnicating"}}) == update_state::unknown);
    CHECK(state({{"State", 3}}) == update_state::unknown);
    CHECK(state("updating") == update_state::unknown);
    CHECK(state(nullptr) == update_state::none);
    CHECK(state(json::object()) == update_state::none);
}

TEST_CASE("a list names every service with its mode", "[spec]") {
    auto const found = decode_services(recorded("20.10/services_global_and_jobs_status.json"));
    REQUIRE(found);
    REQUIRE(found->size() == 3);
    CHECK((*found)[0].name == "rj");
    CHECK((*found)[0].mode == service_mode::replicated_job);
    CHECK((*found)[1].mode == service_mode::global_job);
    CHECK((*found)[2].id == "wntw2wlymjy2pq9qsl3tjcr3x");
    CHECK((*found)[2].mode == service_mode::global);

    for (char const* const name :
         {"20.10/services_list.json",
          "20.10/services_list_status.json",
          "28.5/services_list_status.json",
          "29.7/services_list_status.json"}) {
        INFO(name);
        auto const list = decode_services(recorded(name));
        REQUIRE(list);
        REQUIRE(list->size() == 1);
        CHECK(list->front().name == "web");
        CHECK(list->front().mode == service_mode::replicated);
        CHECK(list->front().replicas == 2);
        CHECK(list->front().version > 0);
    }
    CHECK(decode_services("[]")->empty());
}

TEST_CASE("answers that are not services are faults", "[spec]") {
    for (char const* const text :
         {"",
          "null",
          "[]",
          "{}",
          "OK",
          "{\"ID\":\"x\"}",
          R"({"ID":"x","Version":{"Index":1},"Spec":{}})",
          R"({"ID":"x","Version":{"Index":-1},"Spec":{"Name":"web"}})",
          R"({"ID":"x","Version":{"Index":1},"Spec":{"Name":"web"}} x)"}) {
        INFO(text);
        auto const found = decode_service(text);
        REQUIRE_FALSE(found);
        CHECK(found.error().kind == error_kind::protocol);
    }
    using namespace std::string_view_literals;
    CHECK_FALSE(decode_services("[]\0garbage"sv));
    CHECK_FALSE(decode_services("null"));
    CHECK_FALSE(decode_services("[{}]"));
}
