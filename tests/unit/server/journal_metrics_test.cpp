#include "operate_samples.hpp"
#include "server/metrics/metrics.hpp"
#include "server/metrics/process.hpp"
#include "support/catch.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

using namespace autoscaler;
using namespace autoscaler::server;
using namespace std::chrono_literals;
using samples::nine;

namespace {

struct counted {
    metrics all{{.version = "1.2.3", .revision = "abc"}};

    std::string text(std::vector<policy::service_status> const& services = {}, std::size_t active = 0) const {
        return all.render({.services = services, .active_alerts = active, .now = nine});
    }
};

bool has_line(std::string const& text, std::string const& line) {
    return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

void count_everything(metrics& all) {
    all.alerts_received("v2", "firing", 3);
    all.alerts_received("webhook", "resolved", 1);
    all.alerts_invalid(2);
    all.decided(samples::scaled_up());
    all.alert_to_scale(40ms);
    all.swarm_request("inspect", "ok", 3ms);
    all.update_conflict();
    all.query_ended("web/cpu", true);
    all.query_ended("web/cpu", false);
    all.query_ended("web/rps", false);
    all.webhook_ended("pool/grow", true);
    all.notification_queued("ops", false);
    all.notification_queued("ops", true);
    all.notification_ended("ops", false);
    all.config_loaded("0123abcd", nine + 500ms);
    all.http_request("/api/v2/alerts", 200);
}

} // namespace

TEST_CASE("what happens is counted under the names of the contract", "[metrics]") {
    counted all;
    count_everything(all.all);
    auto const text = all.text({}, 7);
    for (std::string const line : {
             R"(swarm_autoscaler_build_info{revision="abc",version="1.2.3"} 1)",
             R"(alertmanager_build_info{branch="",goversion="",revision="",version="0.25.0"} 1)",
             R"(swarm_autoscaler_alerts_received_total{api="v2",status="firing"} 3)",
             R"(swarm_autoscaler_alerts_received_total{api="webhook",status="resolved"} 1)",
             R"(swarm_autoscaler_alerts_invalid_total 2)",
             R"(swarm_autoscaler_alerts_active 7)",
             R"(swarm_autoscaler_decisions_total{action="up",policy="patient",reason="alert",service="hosp_patient"} 1)",
             R"(swarm_autoscaler_query_failures_total{rule="web/cpu"} 1)",
             R"(swarm_autoscaler_query_failures_total{rule="web/rps"} 0)",
             R"(swarm_autoscaler_webhook_failures_total{rule="pool/grow"} 1)",
             R"(swarm_autoscaler_notifications_dropped_total{notifier="ops"} 1)",
             R"(swarm_autoscaler_notification_failures_total{notifier="ops"} 0)",
             R"(swarm_autoscaler_policy_mismatch 0)",
             R"(swarm_autoscaler_alert_to_scale_seconds_bucket{le="0.025"} 0)",
             R"(swarm_autoscaler_alert_to_scale_seconds_bucket{le="0.05"} 1)",
             R"(swarm_autoscaler_alert_to_scale_seconds_count 1)",
             R"(swarm_autoscaler_swarm_request_duration_seconds_count{operation="inspect",outcome="ok"} 1)",
             R"(swarm_autoscaler_update_conflicts_total 1)",
             R"(swarm_autoscaler_config_last_reload_successful 1)",
             R"(swarm_autoscaler_config_last_reload_success_timestamp_seconds 1795165200.5)",
             R"(swarm_autoscaler_http_requests_total{code="200",handler="/api/v2/alerts"} 1)",
         }) {
        INFO(line);
        CHECK(has_line(text, line));
    }
}

TEST_CASE("counters whose labels are known are there from the start", "[metrics]") {
    counted const all;
    auto const text = all.text();
    CHECK(has_line(text, R"(swarm_autoscaler_alerts_received_total{api="webhook",status="resolved"} 0)"));
    CHECK(has_line(text, "swarm_autoscaler_alerts_invalid_total 0"));
    CHECK(has_line(text, "swarm_autoscaler_update_conflicts_total 0"));
    CHECK(has_line(text, "swarm_autoscaler_alerts_active 0"));
    CHECK(has_line(text, "swarm_autoscaler_config_last_reload_successful 0"));
    CHECK(has_line(text, "swarm_autoscaler_alert_to_scale_seconds_count 0"));
}

TEST_CASE("a refused policy file leaves time and hash of the last good one", "[metrics]") {
    counted all;
    auto const hash_line = [&] {
        auto const text = all.text();
        auto const begin = text.find("\nswarm_autoscaler_config_hash ") + 1;
        return text.substr(begin, text.find('\n', begin) - begin);
    };
    all.all.config_loaded("one", nine);
    auto const first = hash_line();
    all.all.config_refused();
    CHECK(hash_line() == first);
    CHECK(has_line(all.text(), "swarm_autoscaler_config_last_reload_successful 0"));
    CHECK(has_line(all.text(), "swarm_autoscaler_config_last_reload_success_timestamp_seconds 1795165200"));
    all.all.config_loaded("two", nine);
    CHECK(hash_line() != first);
}

TEST_CASE("each endpoint of engines is shown, whether it is up or not", "[metrics]") {
    counted const all;
    metrics_state state;
    state.endpoints = {{"unix:///a.sock", true}, {"tcp://b:2376", false}};
    auto const text = all.all.render(state);
    CHECK(has_line(text, R"(swarm_autoscaler_swarm_endpoint_up{endpoint="unix:///a.sock"} 1)"));
    CHECK(has_line(text, R"(swarm_autoscaler_swarm_endpoint_up{endpoint="tcp://b:2376"} 0)"));
    CHECK(all.text().find("swarm_endpoint_up") == std::string::npos);
}

TEST_CASE("a service's gauges are those of now, and go with the service", "[metrics]") {
    counted const all;
    auto patient = samples::patient();
    patient.view->stuck = policy::stuck_state::unschedulable;
    auto const text = all.text({patient});
    for (std::string const line : {
             R"(swarm_autoscaler_service_replicas_spec{service="hosp_patient"} 3)",
             R"(swarm_autoscaler_service_replicas_running{service="hosp_patient"} 2)",
             R"(swarm_autoscaler_service_replicas_wanted{service="hosp_patient"} 3)",
             R"(swarm_autoscaler_service_replicas_min{service="hosp_patient"} 1)",
             R"(swarm_autoscaler_service_replicas_max{service="hosp_patient"} 10)",
             R"(swarm_autoscaler_service_cooldown_seconds{service="hosp_patient",direction="up"} 60)",
             R"(swarm_autoscaler_service_cooldown_seconds{service="hosp_patient",direction="down"} 0)",
             R"(swarm_autoscaler_service_stuck{service="hosp_patient",reason="unschedulable"} 1)",
             R"(swarm_autoscaler_service_stuck{service="hosp_patient",reason="crash_looping"} 0)",
         }) {
        INFO(line);
        CHECK(has_line(text, line));
    }
    CHECK(all.text().find("swarm_autoscaler_service_") == std::string::npos);
}

TEST_CASE("a service that was never seen has bounds and no counts", "[metrics]") {
    counted const all;
    auto const text = all.text({samples::missing("web")});
    CHECK(has_line(text, R"(swarm_autoscaler_service_replicas_max{service="web"} 4)"));
    CHECK(text.find("swarm_autoscaler_service_replicas_spec") == std::string::npos);
    CHECK(text.find("swarm_autoscaler_service_replicas_wanted") == std::string::npos);
}

TEST_CASE("two names of one service make one set of series, of the one that was seen", "[metrics]") {
    counted const all;
    auto const text = all.text({samples::missing("hosp_patient"), samples::patient()});
    CHECK(has_line(text, R"(swarm_autoscaler_service_replicas_max{service="hosp_patient"} 10)"));
    CHECK_FALSE(has_line(text, R"(swarm_autoscaler_service_replicas_max{service="hosp_patient"} 4)"));
}

TEST_CASE("label values are escaped", "[metrics]") {
    counted all;
    auto what = samples::scaled_up();
    what.policy = "a\"b\\c\nd";
    all.all.decided(what);
    CHECK(all.text().find(R"(policy="a\"b\\c\nd")") != std::string::npos);
}

TEST_CASE("services without end make no series without end", "[metrics]") {
    counted all;
    auto what = samples::scaled_up();
    for (int i = 0; i < 10'003; ++i) {
        what.service = "s" + std::to_string(i);
        all.all.decided(what);
    }
    what.service = "s1";
    all.all.decided(what);
    auto const text = all.text();
    CHECK(text.find("service=\"s9999\"} 1") != std::string::npos);
    CHECK(text.find("service=\"s10000\"") == std::string::npos);
    CHECK(text.find("service=\"(others)\"} 3") != std::string::npos);
    CHECK(text.find("service=\"s1\"} 2") != std::string::npos);
}

TEST_CASE("the process shows what it takes", "[metrics]") {
    auto const facts = read_process_facts();
    REQUIRE(facts);
    CHECK(facts->resident_bytes > 1'000'000);
    CHECK(facts->virtual_bytes > facts->resident_bytes);
    CHECK(facts->cpu_seconds >= 0);
    CHECK(facts->start_time > 1'500'000'000);
    REQUIRE(facts->open_files);
    CHECK(*facts->open_files >= 3);
    int const copy = ::dup(2);
    CHECK(*read_process_facts()->open_files == *facts->open_files + 1);
    ::close(copy);
    counted const all;
    for (auto const* name :
         {"process_cpu_seconds_total ",
          "process_resident_memory_bytes ",
          "process_start_time_seconds ",
          "process_open_fds "}) {
        INFO(name);
        CHECK(all.text().find("\n" + std::string(name)) != std::string::npos);
    }
}

TEST_CASE("promtool finds nothing to say about the metrics", "[metrics]") {
    counted all;
    count_everything(all.all);
    auto const folder = std::filesystem::temp_directory_path() / ("metrics-" + std::to_string(::getpid()));
    std::filesystem::create_directory(folder);
    auto const file = folder / "metrics.txt";
    auto const said = folder / "said.txt";
    std::vector const services{samples::patient(), samples::missing("web")};
    std::ofstream(file) << all.all.render(
        {.services = services, .active_alerts = 1, .endpoints = {{"unix:///a.sock", true}}, .now = nine}
    );
    std::string const call = "promtool check metrics <'" + file.string() + "' >'" + said.string() + "' 2>&1";
    int const status = std::system(call.c_str()); // NOLINT(cert-env33-c): the command is all ours.
    std::string const output(std::istreambuf_iterator<char>(std::ifstream(said).rdbuf()), {});
    std::filesystem::remove_all(folder);
    INFO(output);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
    CHECK(output.empty());
}
