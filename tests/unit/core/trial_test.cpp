// The trial itself: it must see what goes wrong. Where it brings the engine, tests/policy_tests/format.yml
// says.
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
