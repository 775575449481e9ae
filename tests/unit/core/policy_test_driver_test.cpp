// The driver itself: it must see what goes wrong, and bring the engine where a test says.
#include "server/trial/offset_text.hpp"
#include "server/trial/trial.hpp"
#include "support/catch.hpp"

using namespace autoscaler::policy;
using namespace autoscaler::server;

namespace {

// Runs the steps of one test: alert X asks service web for one replica more.
std::vector<std::string>
run_steps(std::string const& head, std::string const& steps, std::string const& rule = "") {
    std::string const text = "tests:\n- name: t\n"
                             "  policy: {policies: [{service: web, max: 10, cooldown: {up: 60s, down: 0s}, "
                             "rules: [{name: x, alert: X, scale: +1" +
                             rule + "}]}]}\n" + head + "  steps:\n" + steps;
    auto const file = test_file::parse(text, "t.yml", [](auto const&) {
        return test_file::file_text{.text = {}, .error = "no files here"};
    });
    for (auto const& fault : file.faults)
        UNSCOPED_INFO(to_string(fault));
    REQUIRE(file.tests.size() == 1);
    REQUIRE(file.tests.front().policy->policies);
    std::vector<std::string> told;
    for (auto const& each : trial::run(file.tests.front()))
        told.push_back(
            "at " + trial::offset_text(each.at) + " (line " + std::to_string(each.line) + "): expected " +
            each.expected + "; got " + each.got
        );
    return told;
}

using lines = std::vector<std::string>;

} // namespace

TEST_CASE(
    "an expectation that is not met is told with its time, its line and both values", "[policy_tests]"
) {
    CHECK(
        run_steps(
            "  service: {replicas: 2}\n",
            "  - at: 10s\n"
            "    alerts: [{labels: {alertname: X}}]\n"
            "    expect: {action: down, replicas: 5, would: 4, reason: no_signal, policy: other}\n"
        ) ==
        lines{
            "at 10s (line 6): expected action down, replicas 5, would 4, reason no_signal, policy other; "
            "got action up, replicas 3, would none, reason alert, policy web",
        }
    );
    CHECK(
        run_steps(
            "  service: {replicas: 2}\n",
            "  - {every: 30s, until: 120s, alerts: [{labels: {alertname: X}}], expect_changes: {0s: 3, 60s: "
            "5}}\n"
        ) == lines{"at 60s (line 6): expected changes 0s: 3, 60s: 5; got changes 0s: 3, 60s: 4, 120s: 5"}
    );
}

TEST_CASE("only what is given is compared", "[policy_tests]") {
    CHECK(run_steps(
              "  service: {replicas: 2}\n", "  - {at: 0s, alerts: [{labels: {alertname: X}}], expect: {}}\n"
    )
              .empty());
}

TEST_CASE("a step without expectation only changes the world", "[policy_tests]") {
    CHECK(run_steps(
              "  service: {replicas: 2}\n",
              "  - {at: 0s, alerts: [{labels: {alertname: X}}]}\n"
              "  - {at: 5s, service: {replicas: 4}}\n"
              "  - {at: 10s, alerts: [], expect: {action: hold, replicas: 4, reason: no_signal}}\n"
    )
              .empty());
}

TEST_CASE("a refused write shows what was decided and leaves no trace", "[policy_tests]") {
    CHECK(run_steps(
              "  service: {replicas: 2}\n",
              "  - {at: 0s, alerts: [{labels: {alertname: X}}], write: refused, "
              "expect: {action: up, replicas: 3, reason: alert, policy: web}}\n"
              "  - {at: 1s, write: refused, expect: {action: up, replicas: 3, reason: alert}}\n"
              "  - {at: 2s, expect: {action: up, replicas: 3, reason: alert}}\n"
              "  - {at: 3s, expect: {action: hold, replicas: 3, reason: cooldown_up}}\n"
    )
              .empty());
}

TEST_CASE(
    "a restart keeps with the label what the label holds, and waits for the sources of episodes",
    "[policy_tests]"
) {
    std::string const fires =
        "  - {at: 0s, alerts: [{labels: {alertname: X}}], expect: {action: up, replicas: 3}}\n";
    CHECK(run_steps(
              "  service: {replicas: 2}\n",
              fires + "  - {at: 30s, restart: label, expect: {action: hold, reason: cooldown_up}}\n"
                      "  - {at: 40s, alerts: [], restart: label, expect: {action: hold, reason: no_signal}}\n"
                      "  - {at: 339s, expect: {action: hold, reason: no_signal}}\n"
                      "  - {at: 340s, expect: {action: down, replicas: 2, reason: resolved}}\n",
              ", on_resolved: revert"
    )
              .empty());
    CHECK(run_steps(
              "  service: {replicas: 2}\n",
              fires + "  - {at: 30s, restart: saved, expect: {action: hold, reason: cooldown_up}}\n"
                      "  - {at: 40s, alerts: [], restart: saved, expect: {action: down, reason: resolved}}\n",
              ", on_resolved: revert"
    )
              .empty());
    CHECK(run_steps(
              "  service: {replicas: 2}\n",
              fires + "  - {at: 30s, restart: fresh, expect: {action: up, replicas: 4}}\n"
    )
              .empty());
}

TEST_CASE("a history may be given, and a clock that was wrong is set right", "[policy_tests]") {
    CHECK(run_steps(
              "  service: {replicas: 5}\n"
              "  history: {last_up: 1h, episodes: {web/x: {since: -90s, start: 2, acted: -90s}}}\n",
              "  - {at: 0s, alerts: [{labels: {alertname: X}}], expect: {reason: cooldown_up}}\n"
              "  - {at: 60s, expect: {action: up, replicas: 6}}\n"
              "  - {at: 61s, alerts: [], expect: {action: down, replicas: 2, reason: resolved}}\n",
              ", on_resolved: revert"
    )
              .empty());
}

TEST_CASE("an alert may expire, be resolved, and come back from another start", "[policy_tests]") {
    CHECK(
        run_steps(
            "  service: {replicas: 2}\n",
            "  - {at: 0s, alerts: [{labels: {alertname: X}, ends_at: 90s}], expect: {action: up}}\n"
            "  - {at: 60s, expect: {action: up, replicas: 4}}\n"
            "  - {at: 120s, expect: {action: hold, reason: no_signal}}\n"
            "  - {at: 121s, alerts: [{labels: {alertname: X}, starts_at: 100s}], expect: {action: up, "
            "replicas: 5}}\n"
            "  - {at: 181s, alerts: [{labels: {alertname: X}, status: resolved}], expect: {reason: "
            "no_signal}}\n"
            "  - {at: 182s, alerts: [{labels: {alertname: X}}], expect: {action: up, replicas: 6}}\n"
            "  - {at: 243s, alerts: [{labels: {alertname: X}, ends_at: 200s}], expect: {reason: no_signal}}\n"
        )
            .empty()
    );
}

TEST_CASE("tasks may lag behind, and a service may be away", "[policy_tests]") {
    CHECK(run_steps(
              "  service: {replicas: 2, running: 2}\n",
              "  - {at: 0s, alerts: [{labels: {alertname: X}}], expect: {action: up, replicas: 3}}\n"
              "  - {at: 60s, expect: {action: hold, reason: not_converged}}\n"
              "  - {at: 61s, service: {running: 3}, expect: {action: up, replicas: 4}}\n"
              "  - {at: 62s, service: {mode: missing}, expect: {action: hold, reason: service_not_found}}\n"
              "  - {at: 63s, service: {mode: global}, expect: {action: hold, reason: not_replicated}}\n"
              "  - {at: 64s, service: {mode: replicated, pause: up, running: 4}, expect: {reason: "
              "cooldown_up}}\n"
    )
              .empty());
}
