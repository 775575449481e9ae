// Every test of tests/policy_tests through the engine.
#include "server/trial/report.hpp"
#include "server/trial/trial.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

using namespace autoscaler::policy;
using namespace autoscaler::server;

namespace {

std::string text_of(std::filesystem::path const& path) {
    std::ifstream in(path);
    REQUIRE(in);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

test_file::file_text no_other_file(std::string const& path) {
    return {.text = {}, .error = path + " is not to be read"};
}

std::vector<std::filesystem::path> test_files() {
    std::vector<std::filesystem::path> files;
    for (auto const& each : std::filesystem::directory_iterator(AUTOSCALER_SOURCE_DIR "/tests/policy_tests"))
        if (each.path().extension() == ".yml")
            files.push_back(each.path());
    std::ranges::sort(files);
    return files;
}

// The first ```yaml block of a document.
std::string first_example(std::string const& document) {
    std::string const mark = "```yaml\n";
    auto const begin = document.find(mark);
    REQUIRE(begin != std::string::npos);
    auto const end = document.find("\n```", begin);
    REQUIRE(end != std::string::npos);
    return document.substr(begin + mark.size(), end + 1 - begin - mark.size());
}

} // namespace

TEST_CASE("every policy test passes", "[policy_tests]") {
    std::size_t ran = 0;
    for (auto const& path : test_files()) {
        auto const file = test_file::parse(text_of(path), path.filename().string(), no_other_file);
        for (auto const& fault : file.faults)
            UNSCOPED_INFO(to_string(fault));
        REQUIRE_FALSE(has_errors(file.faults));
        for (auto const& test : file.tests) {
            CAPTURE(test.name);
            for (auto const& fault : test.policy->faults)
                UNSCOPED_INFO(to_string(fault));
            REQUIRE(test.policy->policies);
            ++ran;
            for (auto const& failure : trial::run(test))
                FAIL_CHECK(trial::report(path.filename().string(), test.name, failure));
        }
    }
    CHECK(ran >= 135);
}

TEST_CASE("the example of the reference passes", "[policy_tests]") {
    auto const text = first_example(text_of(AUTOSCALER_SOURCE_DIR "/policy/TESTS.md"));
    auto const file = test_file::parse(text, "TESTS.md", no_other_file);
    for (auto const& fault : file.faults)
        FAIL_CHECK(to_string(fault));
    REQUIRE(file.tests.size() == 2);
    for (auto const& test : file.tests) {
        REQUIRE(test.policy->policies);
        for (auto const& failure : trial::run(test))
            FAIL_CHECK(trial::report("TESTS.md", test.name, failure));
    }
}
