// Policy-test files: text to values, each test with its policy.
#include "policy/yaml/policy_test.hpp"
#include "support/catch.hpp"
#include "unit/yaml/marked_text.hpp"

#include <algorithm>
#include <array>
#include <cmath>

using namespace std::chrono_literals;

namespace autoscaler::policy::tests {

namespace {

using namespace test_file;

file_text no_files(std::string const& /*path*/) {
    return {std::nullopt, "No such file or directory"};
}

lines faults_in(std::string_view marked, file_reader const& files = no_files) {
    marked_text const source(marked);
    parsed_file const parsed = parse(source.text, "tests/x.yml", files);
    CHECK((parsed.tests.empty() || !has_errors(parsed.faults)));
    return located(parsed.faults, source);
}

std::vector<test> parsed(std::string_view text, file_reader const& files = no_files) {
    parsed_file made = parse(text, "tests/x.yml", files);
    CAPTURE(format_report("tests/x.yml", made.faults));
    REQUIRE_FALSE(made.tests.empty());
    return std::move(made.tests);
}

constexpr std::string_view a_policy =
    "policy: {policies: [{service: web, max: 10, rules: [{name: x, alert: X, scale: =2}, "
    "{name: q, query: load, target: 1}]}]}\n";

// A file of one test that is in order but for these fields.
std::string test_with(std::string_view fields) {
    return std::string(a_policy) + "tests:\n- name: t\n  " + std::string(fields) + "\n";
}

// The same for one step.
std::string step_with(std::string_view step) {
    return test_with("service: {replicas: 2}\n  steps:\n  - " + std::string(step));
}

test only_test(std::string const& text) {
    auto tests = parsed(text);
    REQUIRE(tests.size() == 1);
    return std::move(tests.front());
}

step only_step(std::string_view step) {
    auto made = only_test(step_with(step));
    REQUIRE(made.steps.size() == 1);
    return std::move(made.steps.front());
}

} // namespace

TEST_CASE("a test has defaults for everything but name, replicas and steps", "[policy_test]") {
    auto const made = only_test(step_with("at: 0s"));
    CHECK(made.name == "t");
    CHECK(made.line == 3);
    CHECK(made.service_name == "web");
    CHECK(made.clock == std::chrono::sys_days(std::chrono::year(2026) / 1 / 1));
    CHECK(made.live);
    CHECK(made.service.replicas == 2);
    CHECK_FALSE(made.service.running.has_value());
    CHECK_FALSE(made.history.fresh);
    CHECK_FALSE(made.history.last_set.has_value());
    REQUIRE(made.steps.size() == 1);
    CHECK(made.steps[0].at == 0s);
    CHECK_FALSE(made.steps[0].expect.has_value());
    CHECK_FALSE(made.steps[0].alerts.has_value());
}

TEST_CASE("every field of a service is read", "[policy_test]") {
    auto const made = only_test(test_with("clock: 2026-03-02T08:00:00Z\n"
                                          "  live: false\n"
                                          "  service:\n"
                                          "    name: api\n"
                                          "    replicas: 3\n"
                                          "    running: 2\n"
                                          "    mode: replicated\n"
                                          "    update_state: rollback_paused\n"
                                          "    deployed: true\n"
                                          "    labels: {swarm.autoscaler.enable: \"true\"}\n"
                                          "    pause: down\n"
                                          "    stuck: crash_looping\n"
                                          "    rollback_at_risk: true\n"
                                          "  steps: []"));
    CHECK(made.clock == std::chrono::sys_days(std::chrono::year(2026) / 3 / 2) + 8h);
    CHECK_FALSE(made.live);
    CHECK(made.service_name == "api");
    auto const& service = made.service;
    REQUIRE(service.running.has_value());
    CHECK(service.running->count == 2);
    CHECK(service.mode == service_mode::replicated);
    CHECK(service.update == update_state::rollback_paused);
    CHECK(service.deployed == true);
    REQUIRE(service.labels.has_value());
    CHECK(service.labels->at("swarm.autoscaler.enable") == "true");
    CHECK(service.pause == pause_mode::down);
    CHECK(service.stuck == stuck_kind::crash_looping);
    CHECK(service.rollback_at_risk == true);
}

TEST_CASE("a service that is not there or not replicated needs no replicas", "[policy_test]") {
    CHECK(only_test(test_with("service: {mode: missing}\n  steps: []")).service.missing);
    CHECK(only_test(test_with("service: {mode: global}\n  steps: []")).service.mode == service_mode::global);
}

TEST_CASE("running tasks follow the replicas again on request", "[policy_test]") {
    auto const made = only_step("{at: 0s, service: {running: follows}}");
    REQUIRE((made.service && made.service->running));
    CHECK_FALSE(made.service->running->count.has_value());
}

TEST_CASE("every field of a history is read", "[policy_test]") {
    auto const history =
        only_test(
            test_with(
                "service: {replicas: 2}\n"
                "  history:\n"
                "    fresh: true\n"
                "    boot: -24h\n"
                "    last_up: -59s\n"
                "    last_down: -10s\n"
                "    last_set: 9\n"
                "    events: [{at: -100s, delta: -4}]\n"
                "    recommendations: [{at: -120s, replicas: 4}]\n"
                "    episodes: {web/x: {since: -90s, start: 2, acted: -80s}, web/y: {since: 5s, start: 1}}\n"
                "    missing_since: {web/q: -179s}\n"
                "    idle_since: {web: -600s}\n"
                "  steps: []"
            )
        )
            .history;
    CHECK(history.fresh);
    CHECK(history.boot == -24h);
    CHECK(history.last_up == -59s);
    CHECK(history.last_down == -10s);
    CHECK(history.last_set == 9);
    REQUIRE(history.events.size() == 1);
    CHECK(history.events[0].at == -100s);
    CHECK(history.events[0].delta == -4);
    REQUIRE(history.recommendations.size() == 1);
    CHECK(history.recommendations[0].replicas == 4);
    CHECK(history.episodes.at("web/x").start == 2);
    CHECK(history.episodes.at("web/x").acted == -80s);
    CHECK_FALSE(history.episodes.at("web/y").acted.has_value());
    CHECK(history.missing_since.at("web/q") == -179s);
    CHECK(history.idle_since.at("web") == -600s);
}

TEST_CASE("every field of a step is read", "[policy_test]") {
    auto const made =
        only_step("at: 10s\n"
                  "    alerts:\n"
                  "    - {labels: {alertname: X, severity: 'on'}, status: resolved, starts_at: -29s, "
                  "ends_at: -1s}\n"
                  "    - {labels: {alertname: Y}}\n"
                  "    service: {replicas: 5, deployed: true}\n"
                  "    live: false\n"
                  "    restart: label\n"
                  "    write: refused\n"
                  "    expect: {action: up, replicas: 3, would: 4, reason: alert, policy: web}");
    CHECK(made.at == 10s);
    CHECK(made.line == 6);
    REQUIRE((made.alerts && made.alerts->size() == 2));
    CHECK(made.alerts->at(0).labels.at("severity") == "on");
    CHECK(made.alerts->at(0).resolved);
    CHECK(made.alerts->at(0).starts_at == -29s);
    CHECK(made.alerts->at(0).ends_at == -1s);
    CHECK_FALSE(made.alerts->at(1).resolved);
    CHECK_FALSE(made.alerts->at(1).starts_at.has_value());
    REQUIRE(made.service.has_value());
    CHECK(made.service->replicas == 5);
    CHECK_FALSE(made.service->running.has_value());
    CHECK(made.live == false);
    CHECK(made.restart == restart_kind::label);
    CHECK(made.write_refused);
    REQUIRE(made.expect.has_value());
    CHECK(made.expect->action == decided_action::up);
    CHECK(made.expect->replicas == 3);
    CHECK(made.expect->would == 4);
    CHECK(made.expect->reason == "alert");
    CHECK(made.expect->policy == "web");
}

TEST_CASE("an empty list of alerts is not the same as none mentioned", "[policy_test]") {
    auto const made = only_step("{at: 0s, alerts: [], expect: {}}");
    REQUIRE(made.alerts.has_value());
    CHECK(made.alerts->empty());
    REQUIRE(made.expect.has_value());
    CHECK_FALSE(made.expect->action.has_value());
}

TEST_CASE("samples are numbers, series, nothing or an error", "[policy_test]") {
    auto const samples =
        only_step("{at: 0s, samples: {a: 50, b: -0.5, c: empty, d: error, e: nan, f: inf, g: [1, 2e3], "
                  "h: -.inf}}")
            .samples;
    CHECK(samples.at("a").values == std::vector<double>{50});
    CHECK(samples.at("b").values == std::vector<double>{-0.5});
    CHECK(samples.at("c").what == sample::kind::empty);
    CHECK(samples.at("d").what == sample::kind::error);
    CHECK(std::isnan(samples.at("e").values.at(0)));
    CHECK(std::isinf(samples.at("f").values.at(0)));
    CHECK(samples.at("g").values == std::vector<double>{1, 2000});
    CHECK(samples.at("h").values.at(0) < 0);
}

TEST_CASE("a repeated step begins where the one before ended", "[policy_test]") {
    auto const made = only_test(test_with("service: {replicas: 2}\n"
                                          "  steps:\n"
                                          "  - {every: 10s, until: 30s, expect_changes: {0s: 3, 20s: 4}}\n"
                                          "  - {every: 5s, until: 60s, expect_changes: {}}\n"
                                          "  - {every: 1m, from: 2m, until: 4m}\n"
                                          "  - {at: 4m}"));
    REQUIRE(made.steps.size() == 4);
    auto const& first = made.steps[0];
    REQUIRE(first.repeats.has_value());
    CHECK(first.repeats->from == 0s);
    CHECK(first.repeats->every == 10s);
    CHECK(first.repeats->until == 30s);
    REQUIRE(first.expect_changes.has_value());
    CHECK(*first.expect_changes == std::map<duration, std::int64_t>{{0s, 3}, {20s, 4}});
    CHECK(made.steps[1].repeats->from == 35s);
    CHECK(made.steps[1].expect_changes->empty());
    CHECK(made.steps[2].repeats->from == 2min);
    CHECK_FALSE(made.steps[2].expect_changes.has_value());
}

TEST_CASE("the nearest policy wins", "[policy_test]") {
    auto const tests = parsed(
        std::string(a_policy) + "tests:\n"
                                "- {name: a, service: {replicas: 1}, steps: []}\n"
                                "- name: b\n"
                                "  policy: {policies: [{alert: Y, service: api, scale: =2, max: 3}]}\n"
                                "  service: {replicas: 1}\n"
                                "  steps: []\n"
                                "- {name: c, service: {replicas: 1}, steps: []}\n"
    );
    REQUIRE(tests.size() == 3);
    CHECK(tests[0].policy->policies->policies.at(0).name == "web");
    CHECK(tests[1].policy->policies->policies.at(0).name == "Y");
    CHECK(tests[1].service_name == "api");
    CHECK(tests[2].policy == tests[0].policy);
}

TEST_CASE("a policy file is found beside the test file and read once", "[policy_test]") {
    lines asked;
    auto const files = [&](std::string const& path) {
        asked.push_back(path);
        return file_text{"policies: [{alert: X, service: web, scale: =2, max: 10}]\n", ""};
    };
    auto const tests = parsed(
        "policy_file: ../policies/p.yml\n"
        "tests:\n"
        "- {name: a, service: {replicas: 1}, steps: []}\n"
        "- {name: b, policy_file: ../policies/./p.yml, service: {replicas: 1}, steps: []}\n",
        files
    );
    CHECK(asked == lines{"policies/p.yml"});
    REQUIRE(tests.size() == 2);
    CHECK(tests[0].policy->policies.has_value());
    CHECK(tests[0].policy == tests[1].policy);
}

TEST_CASE("a policy file that cannot be read is a fault of the test file", "[policy_test]") {
    CHECK(
        faults_in(
            "policy_file: $a[[p.yml]]\ntests: [{name: a, policy: {}, service: {replicas: 1}, steps: []}]\n"
        ) == lines{"a: error: cannot read \"tests/p.yml\": No such file or directory"}
    );
}

TEST_CASE("a test whose policy has faults stands, with them", "[policy_test]") {
    auto const tests = parsed("tests:\n"
                              "- name: later\n"
                              "  policy: {policies: [{service: web, alert: X, action: resize, scael: 1}]}\n"
                              "  service: {replicas: 2}\n"
                              "  steps: [{at: 0s, samples: {web: 5}}]\n");
    REQUIRE(tests.size() == 1);
    REQUIRE(tests[0].policy != nullptr);
    CHECK_FALSE(tests[0].policy->policies.has_value());
    REQUIRE(tests[0].policy->faults.size() == 2);
    CHECK(tests[0].policy->faults[0].unsupported);
    CHECK(tests[0].policy->faults[0].file == "tests/x.yml");
    CHECK(tests[0].policy->faults[0].line == 3);
    CHECK(tests[0].policy->faults[0].column == 56);
    CHECK(tests[0].service_name.empty());
}

TEST_CASE("a fault of a test file is told at its place", "[policy_test]") {
    struct row {
        std::string step;
        std::string fault;
    };

    auto const given = GENERATE(values<row>({
        {"{at: 0s, $a[[expects]]: {}}", "unknown key \"expects\"; did you mean \"expect\"?"},
        {"$a[[{]]live: true}", "a step has either at or every"},
        {"$a[[{]]at: 0s, every: 1s, until: 2s}", "a step has either at or every"},
        {"{at: $a[[-1s]]}", "at: duration \"-1s\" must not be negative"},
        {"{at: $a[[1]]}", "at: duration \"1\" has no unit; did you mean 1s?"},
        {"$a[[{]]at: 0s, until: 2s}", "from and until belong to a step with \"every\""},
        {"{at: 0s, expect_changes: $a[[{0s: 1}]]}",
         "expect_changes belongs to a step with \"every\"; here write expect"},
        {"$a[[{]]every: 1s}", "until is missing: when does \"every\" end?"},
        {"{every: $a[[0s]], until: 1s}", "every of 0s would never end"},
        {"$a[[{]]every: 1s, from: 3s, until: 2s}", "until 2s lies before from 3s"},
        {"{every: 1s, until: 2s, expect: $a[[{}]]}",
         "expect belongs to a step with \"at\"; here write expect_changes"},
        {"{every: 1s, until: 2s, $a[[write]]: refused}", "write belongs to a step with \"at\""},
        {"{every: 10s, until: 20s, expect_changes: {$a[[5s]]: 3}}",
         "nothing is decided at \"5s\" in this step"},
        {"{every: 10s, until: 20s, expect_changes: {$a[[30s]]: 3}}",
         "nothing is decided at \"30s\" in this step"},
        {"{every: 10s, until: 90s, expect_changes: {60s: 3, $a[[1m]]: 4}}",
         "the time \"1m\" stands here twice"},
        {"{at: 0s, alerts: $a[[X]]}", "alerts must be a list, not \"X\""},
        {"{at: 0s, alerts: [$a[[{]]status: firing}]}", "labels is missing"},
        {"{at: 0s, alerts: [{labels: $a[[{}]]}]}",
         "labels must not be empty: an alert has at least its alertname"},
        {"{at: 0s, alerts: [{labels: {a: $a[[on]]}}]}",
         "a: \"on\" is a boolean to YAML; write it in quotes if it is meant as a text"},
        {"{at: 0s, alerts: [{labels: {a: b}, status: $a[[silenced]]}]}",
         "status must be firing or resolved, not \"silenced\""},
        {"{at: 0s, alerts: [{labels: {a: b}, starts_at: $a[[[]]]}]}",
         "starts_at must be a time relative to t = 0, such as -90s, not a list"},
        {"{at: 0s, alerts: [{labels: {a: b}, ends_at: $a[[now]]}]}",
         "ends_at: bad duration \"now\": expected whole numbers with the units y, w, d, h, m, s, ms, largest "
         "first, as in "
         "1h30m"},
        {"{at: 0s, samples: {q: $a[[many]]}}",
         "q must be a number, empty, error, nan, inf or a list of numbers, not \"many\""},
        {"{at: 0s, samples: {q: [1, $a[[x]]]}}",
         "q must be a number, empty, error, nan, inf or a list of numbers, not \"x\""},
        {"{at: 0s, service: {$a[[name]]: web}}", "a step cannot rename the service"},
        {"{at: 0s, service: {running: $a[[all]]}}", "running must be a whole number, not \"all\""},
        {"{at: 0s, service: {update_state: $a[[done]]}}",
         "update_state must be \"\", updating, paused, completed, rollback_started, rollback_paused or "
         "rollback_completed, not \"done\""},
        {"{at: 0s, restart: $a[[hard]]}", "restart must be saved, label or fresh, not \"hard\""},
        {"{at: 0s, write: $a[[lost]]}", "write must be accepted or refused, not \"lost\""},
        {"{at: 0s, expect: {action: $a[[sideways]]}}",
         "action must be up, down, hold, restart or webhook, not \"sideways\""},
        {"{at: 0s, expect: {replicas: $a[[-1]]}}", "replicas must be between 0 and 1000000000000, not \"-1\""
        },
    }));
    CAPTURE(given.step);
    CHECK(faults_in(step_with(given.step)) == lines{"a: error: " + given.fault});
}

TEST_CASE("a fault of a test around its steps is told at its place", "[policy_test]") {
    CHECK(
        faults_in(test_with("service: {replicas: 2}\n  steps: [{at: 9s}, $a[[{]]at: 8s}]")) ==
        lines{"a: error: steps stand in time order: the one before ends at 9s"}
    );
    CHECK(
        faults_in(std::string(a_policy) + "tests:\n- $a[[service]]: {replicas: 2}\n  steps: []\n") ==
        lines{"a: error: name is missing: a failed test is told by its name"}
    );
    CHECK(
        faults_in(std::string(a_policy) + "tests:\n- $a[[name]]: t\n") ==
        lines{
            "a: error: steps is missing: the test does nothing",
            "a: error: service.replicas is missing: how large is the service before the first step?",
        }
    );
    CHECK(
        faults_in("tests: [$a[[{]]name: t, service: {replicas: 2}, steps: []}]\n") ==
        lines{"a: error: policy is missing: write policy or policy_file here or at the top of the file"}
    );
    CHECK(
        faults_in(test_with("clock: $a[[today]]\n  service: {replicas: 2}\n  steps: []")) ==
        lines{"a: error: clock must be a time such as 2026-03-02T08:00:00Z, not \"today\""}
    );
    CHECK(
        faults_in(test_with("service: {replicas: 2}\n  history: {events: [$a[[{]]at: 1s}]}\n  steps: []")) ==
        lines{"a: error: delta is missing"}
    );
    CHECK(
        faults_in(
            test_with("service: {replicas: 2}\n  history: {episodes: {web/x: $a[[{]]start: 1}}}\n  steps: []")
        ) == lines{"a: error: since is missing"}
    );
    CHECK(
        faults_in(test_with(
            "service: {replicas: 2}\n  steps: []\n- $a[[name]]: t\n  service: {replicas: 2}\n  steps: []"
        )) == lines{"a: error: two tests are called \"t\": the other begins at line 3, column 3"}
    );
}

TEST_CASE("a service whose name an alert gives is named by the test", "[policy_test]") {
    CHECK(
        faults_in(
            "policy: {policies: [{name: p, alert: X, service: {label: s, allow: '.*'}, scale: =2, max: 3}]}\n"
            "tests: [$a[[{]]name: t, service: {replicas: 2}, steps: []}]\n"
        ) == lines{"a: error: service.name is missing: the policy takes it from a label of an alert"}
    );
}

TEST_CASE("names that the policy does not know are warned of", "[policy_test]") {
    std::string const polled =
        "policy: {policies: [{service: web, max: 9, rules: [{name: cpu, query: x, target: "
        "5}, {name: e, alert: E, scale: +1}]}]}\n"
        "tests:\n- name: t\n  service: {replicas: 2}\n  ";
    CHECK(
        faults_in(polled + "steps: [{at: 0s, samples: {$a[[cpus]]: 1, cpu: 2, $b[[e]]: 3}}]\n") ==
        lines{
            "a: warning: there is no rule with a query \"cpus\"; did you mean \"cpu\"?",
            "b: warning: there is no rule with a query \"e\"",
        }
    );
    CHECK(
        faults_in(
            polled +
            "history: {episodes: {web/e: {since: 0s, start: 1}, $a[[web/f]]: {since: 0s, start: 1}},\n"
            "    missing_since: {$b[[cpu]]: 0s}, idle_since: {$c[[wep]]: 0s, web: 0s}}\n"
            "  steps: []\n"
        ) ==
        lines{
            "a: warning: there is no rule \"web/f\"; did you mean \"web/e\"?",
            "b: warning: there is no rule \"cpu\"",
            "c: warning: there is no policy \"wep\"; did you mean \"web\"?",
        }
    );
    CHECK(
        faults_in("policy: {policies: [{alert: A, service: web, scale: +1, max: 3}]}\ntests:\n- name: t\n"
                  "  service: {replicas: 2}\n  live: $a[[false]]\n  steps: [{at: 0s, live: true}, {at: 1s, "
                  "live: $b[[false]]}]\n") ==
        lines{
            "a: warning: live: false is for policies with a liveness or a prometheus section: this one has "
            "neither",
            "b: warning: live: false is for policies with a liveness or a prometheus section: this one has "
            "neither",
        }
    );
}

TEST_CASE("a file that would run for hours is refused", "[policy_test]") {
    CHECK(
        faults_in(
            std::string(a_policy) + "tests:\n- $a[[name]]: t\n  service: {replicas: 2}\n"
                                    "  steps: [{every: 1ms, until: 292y}]\n"
        ) ==
        lines{"a: error: more than 10000000 decisions in one file: write a larger every or an earlier until"}
    );
    CHECK(faults_in(test_with("service: {replicas: 2}\n  steps: [{every: 15s, until: 1y}]")).empty());
}

TEST_CASE("a test file is a map with a list of tests", "[policy_test]") {
    CHECK(faults_in("") == lines{"1:1: error: the file is empty"});
    CHECK(faults_in("$a[[policy]]: {}\n") == lines{"a: error: tests is missing"});
    CHECK(
        faults_in("tests: $a[[[]]]\n") == lines{"a: error: tests must be a list of tests, not an empty list"}
    );
    CHECK(faults_in("tests: $a[[x]]\n") == lines{"a: error: tests must be a list of tests, not \"x\""});
    CHECK(
        faults_in("policy: {}\n$a[[policy_file]]: p.yml\ntests: [{name: t, policy: {}, service: {replicas: "
                  "1}, steps: "
                  "[]}]\n") == lines{"a: error: policy and policy_file exclude each other"}
    );
}

} // namespace autoscaler::policy::tests
