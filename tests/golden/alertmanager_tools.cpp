// The recorded requests of Prometheus, Alertmanager's webhook, curl and urllib: accepted, and delivered as
// alerts.
#include "golden/replay.hpp"
#include "support/catch.hpp"

#include <filesystem>
#include <map>

using namespace autoscaler::test;
using autoscaler::policy::alert_source;

namespace {

struct outcome {
    int status = 0;
    std::string body;
    std::size_t alerts = 0;
};

// Sends a recorded head with its body.
http_answer replay(std::uint16_t port, std::string const& name, std::string const& body) {
    return ask(port, golden_file("alertmanager/" + name + ".headers") + body);
}

http_answer replay(std::uint16_t port, std::string const& name) {
    return replay(port, name, golden_file("alertmanager/" + name + ".json"));
}

// The recorded files with this beginning, without extension.
std::set<std::string> recorded(std::string const& beginning) {
    std::set<std::string> names;
    for (auto const& each :
         std::filesystem::directory_iterator(AUTOSCALER_SOURCE_DIR "/tests/golden/alertmanager")) {
        std::string const name = each.path().stem().string();
        if (name.starts_with(beginning) && each.path().extension() == ".json")
            names.insert(name);
    }
    return names;
}

} // namespace

TEST_CASE("everything that Prometheus sends is accepted with exactly 200") {
    replay_server server;
    auto const names = recorded("prom242_");
    CHECK(names.size() == 19);
    for (auto const& name : names) {
        INFO(name);
        auto const answer = replay(server.port(), name);
        CHECK(answer.status == 200);
        CHECK(answer.body == (name.starts_with("prom242_v1") ? R"({"status":"success"})" : ""));
        CHECK_FALSE(server.sink.take().empty());
    }
}

TEST_CASE("an alert of Prometheus arrives with all that it says") {
    replay_server server;
    for (std::string const name : {"prom242_v2_firing_scale_up", "prom242_v1_firing_scale_up"}) {
        INFO(name);
        replay(server.port(), name);
        auto const alerts = server.sink.take();
        REQUIRE(alerts.size() == 1);
        auto const& alert = alerts.front();
        CHECK(alert.source == alert_source::api);
        CHECK(alert.labels.size() == 10);
        CHECK(std::is_sorted(alert.labels.begin(), alert.labels.end()));
        CHECK(alert.label("alertname") == "service_scale_up");
        CHECK(alert.label("task") == "1");
        CHECK(alert.annotations[0].second == "line one \"quoted\" <b>&amp;</b>\nline two é 漢字 🚀");
        CHECK(alert.generator_url == "http://127.0.0.1:39092/graph?g0.expr=svc_cpu_ratio+%3E+0.8&g0.tab=1");
        // 07:05:43.604 and 20 s later.
        CHECK(alert.starts_at->time_since_epoch().count() == 1795158343604);
        CHECK(alert.ends_at->time_since_epoch().count() == 1795158363604);
    }
}

TEST_CASE("one body with the same alert five times is five notices in time order") {
    replay_server server;
    replay(server.port(), "prom242_v2_same_alert_5_times");
    auto const alerts = server.sink.take();
    REQUIRE(alerts.size() == 5);
    for (std::size_t i = 1; i < alerts.size(); ++i) {
        CHECK(alerts[i].labels == alerts[0].labels);
        CHECK(*alerts[i - 1].ends_at < *alerts[i].ends_at);
    }
}

TEST_CASE("webhook messages are accepted, each listed alert with its own status and nothing inferred") {
    replay_server server;

    struct expected {
        std::size_t firing;
        std::size_t resolved;
    };

    std::map<std::string, expected> const messages{
        {"am025_webhook_auth_basic", {1, 0}},
        {"am025_webhook_escaped_receiver", {2, 0}},
        {"am025_webhook_firing_group3", {3, 0}},
        {"am025_webhook_firing_one_of_three_resolved", {2, 1}},
        {"am025_webhook_refire_after_resolved", {1, 0}},
        {"am025_webhook_resolved_group", {0, 2}},
        {"am025_webhook_truncated2_firing", {2, 0}},
        {"am025_webhook_truncated2_mixed", {1, 1}},
        {"am025_webhook_truncated2_resolved", {0, 2}},
    };
    CHECK(recorded("am025_webhook_").size() == messages.size());
    for (auto const& [name, wanted] : messages) {
        INFO(name);
        auto const answer = replay(server.port(), name);
        CHECK(answer.status == 200);
        CHECK(answer.body.empty());
        std::size_t firing = 0;
        std::size_t resolved = 0;
        for (auto const& alert : server.sink.take()) {
            CHECK(alert.source == alert_source::webhook);
            CHECK(alert.starts_at);
            CHECK(alert.ends_at.has_value() == alert.resolved);
            ++(alert.resolved ? resolved : firing);
        }
        CHECK(firing == wanted.firing);
        CHECK(resolved == wanted.resolved);
    }
}

TEST_CASE("heads with every kind of credentials are read") {
    replay_server server;
    std::string const body = golden_file("alertmanager/am025_webhook_auth_basic.json");
    for (std::string const name : {"bearer_legacy", "token_scheme", "url_userinfo"}) {
        INFO(name);
        CHECK(replay(server.port(), "am025_webhook_auth_" + name, body).status == 200);
    }
}

TEST_CASE("requests of newer senders are accepted") {
    replay_server server;
    auto const webhook = golden_file("alertmanager/derived_am034_webhook_firing.json");
    CHECK(ask(server.port(), post_request("/webhook", webhook)).status == 200);
    auto const alerts = golden_file("alertmanager/derived_prom3_v2_utf8_label_names.json");
    CHECK(ask(server.port(), post_request("/alert/api/v2/alerts", alerts)).status == 200);
    CHECK(server.sink.take().size() == 2);
}

TEST_CASE("hand tests with curl and urllib are answered") {
    replay_server server;
    std::map<std::string, outcome> const requests{
        {"cli_curl_XPOST_json_v2", {200, "", 1}},
        {"cli_curl_T_put_expect100",
         {405, R"({"code":405,"message":"method PUT is not allowed, but [GET,POST] are"})", 0}},
        {"cli_curl_d_form_to_alert", {200, "", 1}},
        {"cli_curl_http10", {200, "", 1}},
        {"cli_curl_json_v1", {200, R"({"status":"success"})", 1}},
        {"cli_python_urllib_form_ct", {200, "", 1}},
    };
    CHECK(recorded("cli_").size() == requests.size());
    for (auto const& [name, wanted] : requests) {
        INFO(name);
        auto const answer = replay(server.port(), name);
        CHECK(answer.status == wanted.status);
        CHECK(answer.body == wanted.body);
        CHECK(server.sink.take().size() == wanted.alerts);
    }
}

TEST_CASE("curl without a body, or with one that waits for 100 Continue, is answered") {
    replay_server server;
    CHECK(
        replay(server.port(), "cli_curl_XPOST_no_body_no_length", "").body ==
        R"({"code":602,"message":"alerts in body is required"})"
    );
    CHECK(replay(server.port(), "cli_curl_head", "").status == 405);

    raw_client client(server.port());
    client.send(golden_file("alertmanager/cli_curl_big_expect100.headers"));
    CHECK(client.read_head() == "HTTP/1.1 100 Continue\r\n");
    std::string body = R"([{"labels":{"alertname":"big"}})";
    body.append(1286490 - body.size() - 1, ' ').append("]");
    client.send(body);
    CHECK(client.read_answer().status == 200);
    CHECK(server.sink.take().size() == 1);
}
