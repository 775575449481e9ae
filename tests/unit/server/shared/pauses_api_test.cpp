#include "server/api/pauses.hpp"
#include "server/http/router.hpp"
#include "unit/server/operate_samples.hpp"
#include "unit/server/shared/shared_support.hpp"

#include <nlohmann/json.hpp>

using namespace autoscaler;
using namespace autoscaler::tests;
using server::api::body_faults;
using server::api::read_pause;
using server::api::wanted_pause;

namespace {

wanted_pause good(std::string_view body) {
    auto read = read_pause(body);
    REQUIRE(std::holds_alternative<wanted_pause>(read));
    return std::get<wanted_pause>(read);
}

body_faults bad(std::string_view body) {
    auto read = read_pause(body);
    REQUIRE(std::holds_alternative<body_faults>(read));
    return std::get<body_faults>(read);
}

struct world {
    world() { services.front().view->name = "hosp_patient"; }

    server::http::response put(std::string const& name, std::string const& body) {
        return wait_for(io, api.put(name, body));
    }

    server::http::response lift(std::string const& name) { return wait_for(io, api.lift(name)); }

    boost::asio::io_context io;
    policy::time_point now = server::samples::nine;
    fake_swarm swarm{io};
    autoscaler_rig rig{io, swarm, now, {}};
    std::vector<policy::service_status> services{server::samples::patient(), server::samples::missing("web")};
    server::api::pauses api{*rig.state, [this] { return services; }, [this] { return now; }};
};

} // namespace

TEST_CASE("the body of a pause says what it wants, and all of it may be left out") {
    CHECK(good("") == wanted_pause{});
    CHECK(good(" \r\n") == wanted_pause{});
    CHECK(good("{}") == wanted_pause{});
    wanted_pause const full{policy::pause_mode::down, std::chrono::minutes(90), "deploy \xC3\xA9"};
    CHECK(good(R"({"direction":"down","for":"1h30m","comment":"deploy é"})") == full);
}

TEST_CASE("everything that is wrong with the body of a pause is told, with its place") {
    CHECK(bad("{\n  \"for\": }").front().starts_with("body:2:10: bad JSON"));
    CHECK(bad("[]").front().ends_with("got array"));
    CHECK(bad("{} {}").front().starts_with("body:1:4: bad JSON"));
    CHECK(bad(std::string("{}\0", 3)).front() == "body:1:3: bad JSON: a NUL byte");
    CHECK(bad("{\"comment\":\"\xFF\"}").front().starts_with("body:1:13: bad JSON"));
    CHECK(bad(std::string(100'000, '[')).size() == 1);
    CHECK(
        bad(R"({"direction":"sideways"})") ==
        body_faults{R"(body: "direction": expected "up", "down" or "both", got "sideways")"}
    );
    CHECK(bad(R"({"direction":null})") == body_faults{R"(body: "direction": expected a text, got null)"});
    CHECK(bad(R"({"for":"2 hours"})").front().starts_with(R"(body: "for": bad duration "2 hours")"));
    CHECK(bad(R"({"for":"0s"})").front().starts_with(R"(body: "for": expected more than 0)"));
    CHECK(bad(R"({"for":"2h","for":"3h"})") == body_faults{R"(body: "for": the key is there twice)"});
    CHECK(
        bad("{\"comment\":\"" + std::string(1025, 'x') + "\"}").front().find("1024 bytes") !=
        std::string::npos
    );
    auto const many = bad(R"({"duration":"2h","direction":"x","for":1})");
    CHECK(many.size() == 3);
    CHECK(
        std::ranges::find(
            many, R"(body: "duration": unknown key; known are "direction", "for" and "comment")"
        ) != many.end()
    );
}

TEST_CASE("a pause is made, shown and lifted by each name of its service") {
    world here;
    auto const made = here.put("patient", R"({"direction":"up","for":"2h","comment":"x"})");
    CHECK(made.status == 200);
    CHECK(
        made.body == R"({"service":"hosp_patient","direction":"up","until":"2026-11-20T11:00:00.000Z",)"
                     R"("comment":"x","updated_at":"2026-11-20T09:00:00.000Z"})"
    );
    REQUIRE(here.rig.pauses.size() == 1);
    CHECK(here.rig.pauses.front().mode == policy::pause_mode::up);
    auto const again = here.put("hosp_patient", "");
    CHECK(again.body.find(R"("direction":"both","until":null)") != std::string::npos);
    CHECK(here.lift("hosp%5Fpatient").status == 200);
    CHECK_FALSE(policy::in_force(here.rig.pauses.front(), here.now));
    auto const none = here.lift("patient");
    CHECK(none.status == 404);
    CHECK(none.body.find("no pause of \\\"hosp_patient\\\" by the API is in force") != std::string::npos);
}

TEST_CASE("what cannot be paused is refused, with the reason") {
    world here;
    CHECK(here.put("nobody", "{}").status == 404);
    CHECK(here.put("web", "{}").body.find("was not found in Swarm yet") != std::string::npos);
    CHECK(here.put("%zz", "{}").status == 400);
    auto const wrong = here.put("patient", R"({"direction":"x","fro":"2h"})");
    CHECK(wrong.status == 400);
    CHECK(nlohmann::json::parse(wrong.body)["details"].size() == 2);
    here.swarm.always = fault::unreachable;
    auto const nowhere = here.put("patient", "{}");
    CHECK(nowhere.status == 503);
    CHECK(nowhere.body.find("the pause cannot be kept") != std::string::npos);
    here.services.push_back(here.services.front());
    here.services.front().service = here.services.front().view->name = "a_web";
    here.services.back().service = here.services.back().view->name = "b_web";
    here.services.erase(here.services.begin() + 1);
    CHECK(here.put("web", "{}").body.find("\"a_web\",\"b_web\"") != std::string::npos);
}

TEST_CASE("a pause can be lifted though nothing names its service any more") {
    world here;
    CHECK(here.put("patient", "{}").status == 200);
    here.services.clear();
    CHECK(here.put("hosp_patient", "{}").status == 404);
    CHECK(here.lift("hosp_patient").status == 200);
}

TEST_CASE("the paths of pauses lead to them") {
    world here;
    server::http::router routes("/scale");
    here.api.add_to(routes);
    for (auto const* method : {"PUT", "DELETE"}) {
        server::http::request asked;
        asked.method = method;
        asked.target = asked.path = "/scale/autoscaler/v1/services/patient/pause";
        asked.body = "";
        auto const chosen = routes.choose(asked);
        REQUIRE(chosen.found != nullptr);
        CHECK(wait_for(here.io, chosen.found->later(asked)).status == 200);
    }
}
