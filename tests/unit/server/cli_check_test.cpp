#include "server/cli/ask_prometheus.hpp"
#include "server/cli/check.hpp"
#include "server/cli/policy_file.hpp"
#include "support/catch.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <sstream>

using namespace autoscaler;
using namespace autoscaler::server::cli;

namespace {

// A folder with files, removed at the end.
class folder {
public:
    folder() : path_(std::filesystem::temp_directory_path() / ("check-" + std::to_string(::getpid()))) {
        std::filesystem::create_directory(path_);
    }

    ~folder() { std::filesystem::remove_all(path_); }

    folder(folder const&) = delete;
    folder& operator=(folder const&) = delete;

    std::string file(std::string const& name, std::string const& text) const {
        std::ofstream(path_ / name) << text;
        return path(name);
    }

    std::string path(std::string const& name) const { return (path_ / name).string(); }

private:
    std::filesystem::path path_;
};

struct checked {
    int status;
    std::string out;
    std::string err;
};

checked check(check_options const& options, query_asker const& ask = {}) {
    std::ostringstream out;
    std::ostringstream err;
    int const status = run_check(options, ask, out, err);
    return {status, out.str(), err.str()};
}

checked check_with(std::vector<std::string> files, std::vector<std::string> rules, bool strict = false) {
    check_options options;
    options.files = std::move(files);
    options.rules = std::move(rules);
    options.strict = strict;
    return check(options);
}

checked check(std::vector<std::string> files, std::int64_t max_replicas = 1000) {
    check_options options;
    options.files = std::move(files);
    options.max_replicas = max_replicas;
    return check(options);
}

std::string const good = "policies:\n"
                         "- {alert: Busy, service: web, scale: +1, max: 10, on_resolved: hold}\n"
                         "- {alert: Idle, service: web, scale: -1, max: 10}\n";

} // namespace

TEST_CASE("a good file is OK, with the number of its policies", "[cli]") {
    folder const in;
    auto const file = in.file("policy.yml", "policies:\n- {alert: Idle, service: web, scale: -1, max: 10}\n");
    auto const result = check({file});
    INFO(result.err);
    CHECK(result.status == 0);
    CHECK(result.out == file + ": OK, 1 policy\n");
}

TEST_CASE("faults go to stderr with their places, and every file is read", "[cli]") {
    folder const in;
    auto const bad = in.file("bad.yml", "policies:\n- {alert: A, servce: web, scale: +1, max: ten}\n");
    auto const fine = in.file("good.yml", good);
    auto const result = check({bad, fine});
    CHECK(result.status == exit_usage);
    CHECK(result.out == fine + ": OK, 2 policies\n");
    CHECK(result.err.find(bad + ":2:14: error: unknown key \"servce\"") != std::string::npos);
    CHECK(result.err.find(bad + ":2:") != result.err.rfind(bad + ":2:"));
}

TEST_CASE("the cap on replicas is the caller's", "[cli]") {
    folder const in;
    auto const file = in.file("policy.yml", good);
    CHECK(check({file}, 10).status == 0);
    CHECK(check({file}, 9).status == exit_usage);
}

TEST_CASE("a file that cannot be read is a fault in the system's words", "[cli]") {
    folder const in;
    auto const missing = in.path("missing.yml");
    auto const result = check({missing});
    CHECK(result.status == exit_usage);
    CHECK(result.out.empty());
    CHECK(result.err == missing + ":1:1: error: cannot read the file: No such file or directory\n");
    CHECK(check({in.path("")}).err == in.path("") + ":1:1: error: cannot read the file: Is a directory\n");
}

TEST_CASE("a pipe that nobody writes to is an empty file", "[cli]") {
    folder const in;
    auto const pipe = in.path("pipe");
    REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
    CHECK(read_file(pipe, 100).text.empty());
}

TEST_CASE("a file is read up to one byte behind its limit", "[cli]") {
    folder const in;
    auto const file = in.file("long", std::string(50'000, 'x'));
    CHECK(read_file(file, 60'000).text.size() == 50'000);
    CHECK(read_file(file, 50'000).text.size() == 50'000);
    CHECK(read_file(file, 20'000).text.size() == 20'001);
    CHECK(read_file("/dev/zero", 1000).text.size() == 1001);
}

TEST_CASE("an endless file is refused as too large", "[cli]") {
    auto const result = check({"/dev/zero"});
    CHECK(result.status == exit_usage);
    CHECK(result.err.starts_with("/dev/zero:1:1: error: "));
}

namespace {

std::string const down_on_idle = "policies:\n- {alert: Idle, service: web, scale: -1, max: 10}\n";
std::string const idle_rules = "groups:\n- {name: g, rules: [{alert: Idle, expr: 'x < 1'}]}\n";

} // namespace

TEST_CASE("policies are checked against rule files", "[cli]") {
    folder const in;
    auto const policy = in.file("policy.yml", down_on_idle);
    auto const rules = in.file("rules.yml", idle_rules);
    auto const others = in.file(
        "others.yml", "groups:\n- {name: g, rules: [{alert: Other, expr: x}, {record: r, expr: x}]}\n"
    );

    CHECK(check_with({policy}, {rules}).out == policy + ": OK, 1 policy\n" + rules + ": OK, 1 alert rule\n");

    auto const wrong = check_with({policy}, {others});
    CHECK(wrong.status == exit_failed);
    CHECK(wrong.out == policy + ": FAILED, 1 error\n" + others + ": OK, 1 alert rule, 1 recording rule\n");
    CHECK(
        wrong.err == policy +
                         ":2:3: error: policy \"Idle\" can never act: no alert rule is called \"Idle\"\n" +
                         others + ":2:29: warning: no rule of a policy matches alert \"Other\"\n"
    );

    auto const both = check_with({policy}, {others, rules});
    CHECK(both.status == 0);
}

TEST_CASE("a rule file is known by what it holds", "[cli]") {
    folder const in;
    auto const policy = in.file("policy.yml", down_on_idle);
    auto const rules = in.file("rules.yml", idle_rules);
    CHECK(
        check_with({policy, rules}, {}).out == policy + ": OK, 1 policy\n" + rules + ": OK, 1 alert rule\n"
    );
    auto const alone = check_with({rules}, {});
    CHECK(alone.status == exit_usage);
    CHECK(alone.err == "error: expected POLICY.yml: all files given are Prometheus rule files\n");
}

TEST_CASE("warnings fail where they are to", "[cli]") {
    folder const in;
    auto const policy =
        in.file("policy.yml", "policies:\n- {alert: Busy, service: web, scale: +1, max: 10}\n");
    CHECK(check_with({policy}, {}).status == 0);
    auto const strict = check_with({policy}, {}, true);
    CHECK(strict.status == exit_failed);
    CHECK(strict.out == policy + ": FAILED, 1 warning\n");
}

TEST_CASE("a rule file that cannot be read or is invalid is unusable input", "[cli]") {
    folder const in;
    auto const policy = in.file("policy.yml", down_on_idle);
    auto const missing = check_with({policy}, {in.path("missing.yml")});
    CHECK(missing.status == exit_usage);
    CHECK(
        missing.err ==
        in.path("missing.yml") + ":1:1: error: cannot read the file: No such file or directory\n"
    );
    auto const bad = check_with({policy}, {in.file("bad.yml", "groups: 1\n")});
    CHECK(bad.status == exit_usage);
    CHECK(bad.err == in.path("bad.yml") + ":1:9: error: groups must be a list, not \"1\"\n");
    CHECK(bad.out == policy + ": OK, 1 policy\n");
}

namespace {

std::string const asking =
    "stack: shop\n"
    "policies:\n"
    "- {name: cpu, service: web, max: 9, query: 'load{s=\"$service\"}', target: 5}\n"
    "- {name: rps, service: shop_api, max: 9, query: 'rps{s=\"$service\"}', target: 5, reduce: max}\n";

checked ask_with(folder const& in, std::vector<policy::query_answer> const& answers) {
    check_options options;
    options.files = {in.file("policy.yml", asking)};
    options.prometheus_url = "http://p:9090";
    return check(
        options,
        [&](policy::prometheus_source const& source, std::vector<std::string> const& queries) {
            CHECK(source.urls == std::vector<std::string>{"http://p:9090"});
            CHECK(queries == std::vector<std::string>{"load{s=\"shop_web\"}", "rps{s=\"shop_api\"}"});
            return answers;
        }
    );
}

} // namespace

TEST_CASE("each query is asked once, and its value shown", "[cli]") {
    folder const in;
    auto const file = in.path("policy.yml");
    auto const result = ask_with(in, {{.series = {12.5}, .error = ""}, {.series = {1, 3, 2}, .error = ""}});
    CHECK(result.status == 0);
    CHECK(
        result.out == file + ": policy \"cpu\": 12.5: load{s=\"shop_web\"}\n" + file +
                          ": policy \"rps\": 3 (of 3 series): rps{s=\"shop_api\"}\n" + file +
                          ": OK, 2 policies\n"
    );
}

TEST_CASE("a query that fails is an error, one without a value a warning", "[cli]") {
    folder const in;
    auto const file = in.path("policy.yml");
    auto const failed =
        ask_with(in, {{.series = {}, .error = "bad_data: parse error"}, {.series = {1}, .error = ""}});
    CHECK(failed.status == exit_failed);
    CHECK(failed.err == file + ":3:3: error: policy \"cpu\": its query failed: bad_data: parse error\n");
    CHECK(failed.out.find(file + ": FAILED, 1 error\n") != std::string::npos);

    auto const many = ask_with(in, {{.series = {1, 2}, .error = ""}, {.series = {1}, .error = ""}});
    CHECK(many.status == exit_failed);
    CHECK(many.err.find("its query gives 2 series where one value is wanted") != std::string::npos);

    auto const none = ask_with(in, {{.series = {}, .error = ""}, {.series = {std::nan("")}, .error = ""}});
    CHECK(none.status == 0);
    CHECK(
        none.err == file + ":3:3: warning: policy \"cpu\": its query has no value now: no series\n" + file +
                        ":4:3: warning: policy \"rps\": its query has no value now: the value is NaN\n"
    );
    std::string text = asking;
    text.replace(text.find("reduce: max"), 11, "on_missing: zero");
    check_options options;
    options.files = {in.file("zero.yml", text)};
    options.prometheus_url = "http://p:9090";
    auto const expected = check(options, [](auto const&, auto const&) {
        return std::vector<policy::query_answer>{{.series = {1}, .error = ""}, {.series = {}, .error = ""}};
    });
    CHECK(expected.err.empty());

    CHECK(ask_with(in, {}).status == exit_failed); // an answer too few is no answer
}

TEST_CASE("a query for a service that an alert names is not asked", "[cli]") {
    folder const in;
    check_options options;
    options.files = {in.file(
        "policy.yml",
        "policies:\n- name: p\n  service: {label: svc, allow: 'a.*'}\n  max: 9\n  rules:\n"
        "  - {name: r, alert: A, scale: -1}\n  - {name: q, query: 'x{s=\"$service\"}', target: 5}\n"
    )};
    options.prometheus_url = "http://p:9090";
    auto const result = check(options, [](auto const&, auto const& queries) {
        CHECK(queries.empty());
        return std::vector<policy::query_answer>{};
    });
    CHECK(result.out.find("rule \"q\" of policy \"p\": not asked") != std::string::npos);
}

TEST_CASE("a Prometheus that does not answer fails each query", "[cli]") {
    policy::prometheus_source source;
    source.urls = {"http://127.0.0.1:1"};
    auto const answers = ask_prometheus(source, {"up", "up", "down"});
    REQUIRE(answers.size() == 3);
    for (auto const& each : answers)
        CHECK_FALSE(each.error.empty());
    CHECK(ask_prometheus(source, {}).empty());
}
