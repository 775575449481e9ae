// The command `test`: what it says of failures, of bad files, and its exit status.
#include "server/cli/test.hpp"
#include "support/catch.hpp"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

using namespace autoscaler;
using namespace autoscaler::server::cli;

namespace {

// A folder with files, removed at the end. Its files are named relative to it.
class folder {
public:
    folder()
        : before_(std::filesystem::current_path())
        , path_(std::filesystem::temp_directory_path() / ("test-" + std::to_string(::getpid()))) {
        std::filesystem::create_directory(path_);
        std::filesystem::current_path(path_);
    }

    ~folder() {
        std::filesystem::current_path(before_);
        std::filesystem::remove_all(path_);
    }

    folder(folder const&) = delete;
    folder& operator=(folder const&) = delete;

    static void file(std::string const& name, std::string const& text) {
        auto const parent = std::filesystem::path(name).parent_path();
        if (!parent.empty())
            std::filesystem::create_directories(parent);
        std::ofstream(name) << text;
    }

private:
    std::filesystem::path before_;
    std::filesystem::path path_;
};

struct tested {
    int status;
    std::string out;
    std::string err;
};

tested test(std::vector<std::string> files, std::int64_t max_replicas = 1000) {
    std::ostringstream out;
    std::ostringstream err;
    int const status =
        run_test({.files = std::move(files), .stack = "", .max_replicas = max_replicas}, out, err);
    return {status, out.str(), err.str()};
}

std::string const head = "policy: {policies: [{service: web, max: 10, cooldown: {up: 60s, down: 0s}, "
                         "rules: [{name: x, alert: X, scale: +1}]}]}\n"
                         "tests:\n";
std::string const passing =
    head + "- name: one step\n"
           "  service: {replicas: 2}\n"
           "  steps: [{at: 0s, alerts: [{labels: {alertname: X}}], expect: {replicas: 3}}]\n";

} // namespace

TEST_CASE("tests that pass are counted for each file and for all", "[cli]") {
    folder const in;
    folder::file("a.yml", passing);
    folder::file("b.yml", passing);
    auto const result = test({"a.yml", "b.yml"});
    CHECK(result.status == 0);
    CHECK(result.err.empty());
    CHECK(result.out == "a.yml: 1 passed, 0 failed\nb.yml: 1 passed, 0 failed\n2 passed, 0 failed\n");
}

TEST_CASE("a failed expectation is told with its place, its time, both values and the decision", "[cli]") {
    folder const in;
    folder::file(
        "t.yml",
        head + "- name: two steps in a row\n"
               "  service: {replicas: 2}\n"
               "  steps:\n"
               "  - {at: 0s, alerts: [{labels: {alertname: X}}], expect: {replicas: 3}}\n"
               "  - {at: 30s, expect: {action: up, replicas: 4}}\n"
               "- name: fine\n"
               "  service: {replicas: 2}\n"
               "  steps: [{at: 0s, expect: {reason: no_signal}}]\n"
    );
    auto const result = test({"t.yml"});
    CHECK(result.status == exit_failed);
    CHECK(result.err.empty());
    CHECK(
        result.out ==
        "t.yml:7: FAILED: two steps in a row: at 30s: expected action up, replicas 4; got action hold, "
        "replicas 3\n"
        "    decided hold at 3 replicas, reason cooldown_up, policy web, rule x\n"
        "      rule  3 -> 4  alert        web/x\n"
        "      gate  4 -> 3  cooldown_up  web/x\n"
        "t.yml: 1 passed, 1 failed\n"
        "1 passed, 1 failed\n"
    );
}

TEST_CASE(
    "changes that were not expected are told with the first decision that is not as expected", "[cli]"
) {
    folder const in;
    folder::file(
        "t.yml",
        head + "- name: a minute apart\n"
               "  service: {replicas: 2}\n"
               "  steps:\n"
               "  - {every: 30s, until: 120s, alerts: [{labels: {alertname: X}}], expect_changes: {0s: 3, "
               "60s: 4}}\n"
    );
    auto const result = test({"t.yml"});
    CHECK(result.status == exit_failed);
    CHECK(
        result.out ==
        "t.yml:6: FAILED: a minute apart: at 120s: expected changes 0s: 3, 60s: 4; got changes 0s: 3, 60s: "
        "4, 120s: 5\n"
        "    decided up 4 -> 5, reason alert, policy web, rule x\n"
        "      rule   4 -> 5  alert  web/x\n"
        "      write  4 -> 5  alert\n"
        "t.yml: 0 passed, 1 failed\n"
        "0 passed, 1 failed\n"
    );
}

TEST_CASE("a file that cannot be read is a fault in the system's words, and the others run", "[cli]") {
    folder const in;
    folder::file("t.yml", passing);
    auto const result = test({"missing.yml", "t.yml", "/"});
    CHECK(result.status == exit_usage);
    CHECK(
        result.err == "missing.yml:1:1: error: cannot read the file: No such file or directory\n"
                      "/:1:1: error: cannot read the file: Is a directory\n"
    );
    CHECK(result.out == "t.yml: 1 passed, 0 failed\n1 passed, 0 failed\n");
}

TEST_CASE("the faults of all files are told with their places in one run", "[cli]") {
    folder const in;
    folder::file("a.yml", head + "- {name: t, service: {replicas: 2}, stebs: []}\n");
    folder::file("b.yml", "tests: 5\n");
    auto const result = test({"a.yml", "b.yml"});
    CHECK(result.status == exit_usage);
    CHECK(result.out == "0 passed, 0 failed\n");
    CHECK(
        result.err == "a.yml:3:3: error: steps is missing: the test does nothing\n"
                      "a.yml:3:37: error: unknown key \"stebs\"; did you mean \"steps\"?\n"
                      "b.yml:1:8: error: tests must be a list of tests, not \"5\"\n"
    );
}

TEST_CASE(
    "a policy that cannot be loaded is told once, at its own place, and none of its file runs", "[cli]"
) {
    folder const in;
    folder::file(
        "t.yml",
        "policy: {policies: [{service: web, max: ten, alert: X, scale: +1}]}\n"
        "tests:\n"
        "- {name: a, service: {replicas: 2}, steps: [{at: 0s, expect: {}}]}\n"
        "- {name: b, service: {replicas: 2}, steps: [{at: 0s, expect: {}}]}\n"
    );
    auto const result = test({"t.yml"});
    CHECK(result.status == exit_usage);
    CHECK(result.out == "0 passed, 0 failed\n");
    CHECK(result.err.starts_with("t.yml:1:41: error: "));
    CHECK(result.err.find('\n') == result.err.size() - 1);
}

TEST_CASE("a policy file is found beside its test file, wherever the command runs", "[cli]") {
    folder const in;
    folder::file("sub/policy.yml", "policies: [{alert: X, service: web, scale: +1, max: 10}]\n");
    folder::file("sub/bad.yml", "policies: [{alert: X, service: web, scale: +1, max: 0}]\n");
    std::string const steps = "service: {replicas: 2}, steps: [{at: 0s, expect: {reason: no_signal}}]}\n";
    folder::file("sub/t.yml", "policy_file: policy.yml\ntests:\n- {name: t, " + steps);
    folder::file(
        "sub/faulty.yml",
        "tests:\n- {name: a, policy_file: bad.yml, " + steps + "- {name: b, policy_file: none.yml, " + steps
    );
    CHECK(test({"sub/t.yml"}).out == "sub/t.yml: 1 passed, 0 failed\n1 passed, 0 failed\n");
    auto const faulty = test({"sub/faulty.yml"});
    CHECK(faulty.status == exit_usage);
    CHECK(faulty.out == "0 passed, 0 failed\n");
    CHECK(
        faulty.err == "sub/faulty.yml:3:26: error: cannot read \"sub/none.yml\": No such file or directory\n"
                      "sub/bad.yml:1:53: error: min 1 (its default) is greater than max 0\n"
    );
}

TEST_CASE("a test file that cannot be parsed still lets the faults of its policies be told", "[cli]") {
    folder const in;
    folder::file("bad.yml", "policies: [{alert: X, service: web, scale: +1, max: 0}]\n");
    folder::file(
        "t.yml", "policy_file: bad.yml\ntests:\n- {name: a, service: {replicas: 2}, steps: [{at: 0s}]}\n"
    );
    auto const result = test({"t.yml"});
    CHECK(result.status == exit_usage);
    CHECK(result.err.starts_with("bad.yml:1:"));
}

TEST_CASE("the cap on replicas is the caller's, as in the daemon", "[cli]") {
    folder const in;
    folder::file("t.yml", passing);
    CHECK(test({"t.yml"}, 10).status == 0);
    CHECK(test({"t.yml"}, 9).status == exit_usage);
}
