#include "server/cli/check.hpp"
#include "server/cli/policy_file.hpp"
#include "support/catch.hpp"

#include <sys/stat.h>
#include <unistd.h>

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

checked check(std::vector<std::string> files, std::int64_t max_replicas = 1000) {
    std::ostringstream out;
    std::ostringstream err;
    int const status =
        run_check({.files = std::move(files), .stack = "", .max_replicas = max_replicas}, out, err);
    return {status, out.str(), err.str()};
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
