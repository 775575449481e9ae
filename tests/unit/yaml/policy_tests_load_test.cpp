// The policies of tests/policy_tests are policies of the language: every one of them loads.
#include "policy/yaml/policy_test.hpp"
#include "support/catch.hpp"
#include "unit/yaml/marked_text.hpp"

#include <filesystem>

namespace autoscaler::policy::tests {

TEST_CASE("every policy test can be read, and its policy loads without an error", "[policy_tests]") {
    std::size_t count = 0;
    std::filesystem::path const folder = std::string(AUTOSCALER_SOURCE_DIR) + "/tests/policy_tests";
    for (auto const& file : std::filesystem::directory_iterator(folder)) {
        if (file.path().extension() != ".yml")
            continue;
        std::string const name = file.path().filename().string();
        auto const read = test_file::parse(
            read_repository_file("tests/policy_tests/" + name),
            name,
            [](std::string const& path) {
                return test_file::file_text{.text = {}, .error = path + " is not to be read"};
            }
        );
        CAPTURE(format_report(name, read.faults));
        CHECK(read.faults.empty());
        for (auto const& test : read.tests) {
            ++count;
            CAPTURE(test.name, format_report(name, test.policy->faults));
            CHECK(test.policy->policies.has_value());
        }
    }
    CHECK(count >= 72);
}

} // namespace autoscaler::policy::tests
