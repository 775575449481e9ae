#include "operate_samples.hpp"
#include "server/api/api.hpp"
#include "server/log/log.hpp"
#include "support/catch.hpp"

#include <nlohmann/json.hpp>

#include <sstream>

using namespace autoscaler;
using namespace autoscaler::server;
using namespace std::chrono_literals;
using samples::nine;

namespace {

std::string const decision_text =
    R"({"time":"2026-11-20T09:00:00.123Z","service":"hosp_patient","action":"up","from":2,"to":3,"would":null,)"
    R"("reason":"alert","policy":"patient","rule":"busy","alerts":["3fff2c2d7595e046","00000000000000f6"],)"
    R"("values":[{"policy":"patient","rule":"cpu","value":12.5,"detail":""},)"
    R"({"policy":"patient","rule":"rps","value":null,"detail":"no answer in time"}],)"
    R"("trace":[{"stage":"rule","policy":"patient","rule":"busy","in":2,"out":3,"reason":"alert"},)"
    R"({"stage":"write","policy":"","rule":"","in":2,"out":3,"reason":"alert"}],"dry_run":false,"version":41,"error":""})";

std::string const patient_text =
    R"({"service":"hosp_patient","written_as":"patient","id":"id1","policies":["patient"],)"
    R"("replicas":{"spec":3,"running":2,"wanted":3,"min":1,"max":10},"update_state":"none","stuck":"none","pause":"none","api_pause":null,)"
    R"("mode":"replicated","active_rules":[{"policy":"patient","rule":"busy","since":"2026-11-20T08:59:00.000Z",)"
    R"("acted":"2026-11-20T09:00:00.000Z"}],"cooldown":{"up_until":"2026-11-20T09:01:00.000Z","down_until":null},)"
    R"("last_decision":)" +
    decision_text + R"(,"error":""})";

std::string const missing_text =
    R"({"service":"web","written_as":"web","id":null,"policies":["other"],)"
    R"("replicas":{"spec":null,"running":null,"wanted":null,"min":2,"max":4},"update_state":null,"stuck":null,"pause":null,"api_pause":null,)"
    R"("mode":null,"active_rules":[],"cooldown":{"up_until":null,"down_until":null},"last_decision":null,)"
    R"("error":"service_not_found"})";

std::vector<policy::service_status> const both{samples::patient(), samples::missing("web")};

policy::service_status named(std::string full) {
    auto status = samples::patient();
    status.service = full;
    status.view->name = std::move(full);
    return status;
}

} // namespace

TEST_CASE("services are listed, those never seen with what is known of them", "[api]") {
    auto const answer = api::services(both);
    CHECK(answer.status == 200);
    CHECK(answer.content_type == "application/json");
    CHECK(answer.body == R"({"services":[)" + patient_text + "," + missing_text + "]}");
    CHECK(api::services({}).body == R"({"services":[]})");
}

TEST_CASE("a service shows the pause that holds, and that of the API beside it", "[api]") {
    auto paused = samples::patient();
    paused.view->pause = policy::pause_mode::up;
    policy::service_pause by_api;
    by_api.service = "hosp_patient";
    by_api.mode = policy::pause_mode::down;
    by_api.until = nine + 1h;
    by_api.comment = "deploy";
    by_api.updated_at = nine;
    paused.pause = by_api;
    auto const body = nlohmann::json::parse(api::service(std::span(&paused, 1), "patient").body);
    CHECK(body["pause"] == "both");
    CHECK(
        body["api_pause"].dump() ==
        R"({"comment":"deploy","direction":"down","service":"hosp_patient","until":"2026-11-20T10:00:00.000Z",)"
        R"("updated_at":"2026-11-20T09:00:00.000Z"})"
    );
}

TEST_CASE("one service is found by each of its names", "[api]") {
    CHECK(api::service(both, "patient").body == patient_text);
    CHECK(api::service(both, "hosp_patient").body == patient_text);
    CHECK(api::service(both, "hosp%5Fpatient").body == patient_text);
    CHECK(api::service(both, "web").body == missing_text);
    std::vector<policy::service_status> const written_in_full{named("hosp_db")};
    CHECK(api::service(written_in_full, "db").status == 200);
}

TEST_CASE("an unknown service is 404 in our error's shape", "[api]") {
    auto const answer = api::service(both, "n%22o");
    CHECK(answer.status == 404);
    CHECK(answer.content_type == "application/json");
    CHECK(answer.body == R"({"error":"no policy names the service \"n\\\"o\"","details":[]})");
    CHECK(api::service(both, "").status == 404);
    CHECK(api::service(both, "atient").status == 404);
}

TEST_CASE("a name with a broken escape is 400", "[api]") {
    auto const answer = api::service(both, "%zz");
    CHECK(answer.status == 400);
    CHECK(
        answer.body ==
        R"({"error":"bad escape in the service's name: expected percent-encoded UTF-8","details":[]})"
    );
}

TEST_CASE("a short name of two services is refused with both", "[api]") {
    std::vector<policy::service_status> const two{named("a_web"), named("b_web")};
    auto const answer = api::service(two, "web");
    CHECK(answer.status == 404);
    CHECK(
        answer.body ==
        R"({"error":"several services have the name \"web\": give one of the full names","details":["a_web","b_web"]})"
    );
}

TEST_CASE("a decision is shown with its trace", "[api]") {
    std::ostringstream lines;
    log::start({}, &lines);
    metrics counters{{.version = "1", .revision = ""}};
    journal book(counters);
    book.record(samples::scaled_up());
    log::start({});
    CHECK(api::decisions(book, {}, "", nine).body == R"({"decisions":[)" + decision_text + "]}");
}

TEST_CASE("a decision that is withheld says what it would do, and why it cannot", "[api]") {
    auto status = samples::patient();
    status.last_decision->would = 5;
    status.last_decision->error = "bad \xFF byte";
    auto const body = nlohmann::json::parse(api::service({&status, 1}, "patient").body);
    CHECK(body["last_decision"]["would"] == 5);
    CHECK(body["last_decision"]["error"] == "bad \xEF\xBF\xBD byte");
}

TEST_CASE("policies are shown in the words of the language", "[api]") {
    using policy::scale_expression;
    policy::alert_rule busy;
    busy.matchers = {policy::matcher::alert_name("Busy")};
    busy.scale = {.what = scale_expression::kind::delta, .amount = 2};
    busy.for_ = 90s;
    busy.repeat = {.what = policy::repeat_rhythm::kind::interval, .interval = 2min};
    busy.on_resolved = {
        .what = policy::resolved_action::kind::scale,
        .scale = {.what = scale_expression::kind::percent, .amount = -50},
    };
    policy::alert_rule idle;
    idle.matchers = {policy::matcher::alert_name("Idle")};
    idle.scale = {.what = scale_expression::kind::exact, .amount = 1};
    idle.repeat.what = policy::repeat_rhythm::kind::once;
    idle.on_resolved.what = policy::resolved_action::kind::revert;

    policy::policy_set set;
    set.stack = "hosp";
    set.hash = "abc";
    policy::service_policy one;
    one.name = "patient";
    one.service = "patient";
    one.max = 10;
    one.give_back = {.after = 10min, .by = {.what = scale_expression::kind::percent, .amount = 25}};
    one.notify = {"ops"};
    one.rules = {
        {.name = "busy", .priority = 5, .kind = busy},
        {.name = "idle", .priority = 0, .kind = idle},
    };
    set.policies = {one};

    CHECK(
        api::policies(set, "policy.yml", nine).body ==
        R"({"file":"policy.yml","hash":"abc","loaded":"2026-11-20T09:00:00.000Z","stack":"hosp","policies":[)"
        R"({"name":"patient","service":"patient","enabled":true,"dry_run":false,"min":1,"max":10,"zero":"ignore",)"
        R"("cooldown":{"up":"1m","down":"5m"},"stabilize":{"up":"0s","down":"0s"},)"
        R"("limits":{"up":[],"down":[],"select":{"up":"max","down":"max"}},"warmup":"0s","converge_timeout":"2m",)"
        R"("on_stuck":"hold","during_update":"hold","on_external":"adopt","return":{"after":"10m","by":"25%"},)"
        R"("schedules":[],"notify":["ops"],"rules":[)"
        R"({"name":"busy","kind":"alert","priority":5,"matchers":["alertname=\"Busy\""],"scale":"+2","for":"1m30s","repeat":"2m",)"
        R"("on_resolved":"-50%"},)"
        R"({"name":"idle","kind":"alert","priority":0,"matchers":["alertname=\"Idle\""],"scale":"=1","for":"0s","repeat":false,)"
        R"("on_resolved":"revert"}]}]})"
    );
}

namespace {

nlohmann::json shown(policy::service_policy const& what) {
    policy::policy_set set;
    set.policies = {what};
    return nlohmann::json::parse(api::policies(set, "policy.yml", nine).body)["policies"][0];
}

} // namespace

TEST_CASE("a policy is shown with how it may move its service", "[api]") {
    policy::service_policy one;
    one.from_label = policy::label_source{
        "swarm_service",
        std::get<policy::matcher>(
            policy::matcher::make("swarm_service", policy::matcher::op::matches, "shop_.*")
        )
    };
    one.stabilize = {.up = 5s, .down = 5min};
    one.limit_up = {
        .entries = {{4, false, 15s}, {100, true, 15s}}, .which = policy::direction_limits::select::min
    };
    one.limit_down.disabled = true;
    one.warmup = 30s;
    one.on_stuck = policy::stuck_mode::proceed;
    one.during_update = policy::update_conduct::allow_up;
    one.on_external = policy::external_mode::restore;
    auto const cron = std::get<policy::cron_expression>(policy::cron_expression::parse("0 7 * * 1-5"));
    one.schedules = {{"office", cron, policy::duration(12h), policy::time_zone(), 2, std::nullopt}};

    auto const body = shown(one);
    CHECK(body["service"] == nlohmann::json::parse(R"({"label":"swarm_service","allow":"shop_.*"})"));
    CHECK(body["stabilize"] == nlohmann::json::parse(R"({"up":"5s","down":"5m"})"));
    CHECK(
        body["limits"] ==
        nlohmann::json::parse(
            R"({"up":["4/15s","100%/15s"],"down":"disabled","select":{"up":"min","down":"max"}})"
        )
    );
    CHECK(body["warmup"] == "30s");
    CHECK(body["on_stuck"] == "continue");
    CHECK(body["during_update"] == "allow_up");
    CHECK(body["on_external"] == "restore");
    CHECK(
        body["schedules"] ==
        nlohmann::json::parse(
            R"([{"name":"office","start":"0 7 * * 1-5","end":"12h","tz":"UTC","min":2,"max":null}])"
        )
    );
}

TEST_CASE("rules on queries are shown with their query", "[api]") {
    policy::query_source query{"avg(x)", 2s, policy::series_reduction::average, {}};
    policy::step_rule steps{query, {}};
    steps.steps = {
        {{policy::threshold::comparison::greater, 20}, {policy::scale_expression::kind::delta, 1}, 30s},
        {{policy::threshold::comparison::less_equal, 0.5}, {policy::scale_expression::kind::percent, -25}, 0s
        },
    };
    query.on_missing = {policy::missing_rule::kind::fallback, 6, 3min, false};
    policy::target_rule const target{query, 60, policy::target_rule::mode::total, 0.1, 0.2};
    policy::service_policy one;
    one.rules = {{"cpu", 0, steps}, {"rps", 2, target}};

    CHECK(shown(one)["rules"] == nlohmann::json::parse(R"json([
        {"name":"cpu","kind":"steps","priority":0,"query":"avg(x)","every":"2s","reduce":"avg","on_missing":"hold",
         "steps":[{"when":"> 20","scale":"+1","for":"30s"},{"when":"<= 0.5","scale":"-25%","for":"0s"}]},
        {"name":"rps","kind":"target","priority":2,"query":"avg(x)","every":"2s","reduce":"avg",
         "on_missing":{"replicas":6,"after":"3m","mode":"exact"},
         "target":60.0,"mode":"total","tolerance":{"up":0.1,"down":0.2}}])json"));
}

TEST_CASE("action rules are shown without secrets, a policy of nothing else without bounds", "[api]") {
    policy::action_rule restart;
    restart.for_ = 2min;
    policy::action_rule post;
    post.what = policy::action_rule::kind::webhook;
    post.matchers = {policy::matcher::alert_name("Full")};
    post.target.url = "http://pool:80/grow/hunter2";
    post.target.fields = {{"pool", "workers"}};
    post.target.http.basic = policy::basic_auth{{"user", ""}, {"hunter2", ""}};
    post.target.http.headers = {{"X-Token", "hunter2"}};
    policy::service_policy one;
    one.min = 0;
    one.max = policy::unlimited_replicas;
    one.rules = {{"spread", 0, restart}, {"grow", 0, post}};

    auto const body = shown(one);
    CHECK(body["min"].is_null());
    CHECK(body["max"].is_null());
    CHECK(body.dump().find("hunter2") == std::string::npos);
    CHECK(body["rules"] == nlohmann::json::parse(R"json([
        {"name":"spread","kind":"action","priority":0,"action":"restart","on":"node_joined","for":"2m",
         "action_cooldown":"10m"},
        {"name":"grow","kind":"action","priority":0,"action":"webhook","matchers":["alertname=\"Full\""],"for":"0s",
         "action_cooldown":"10m","webhook":{"url":"http://pool:80/...","timeout":"5s","fields":{"pool":"workers"}}}
    ])json"));
}
