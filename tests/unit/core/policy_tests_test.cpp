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
    CHECK(ran >= 72);
}
