// Every policy that we show to users loads.
#include "policy/yaml/load_policy.hpp"
#include "support/catch.hpp"
#include "unit/yaml/marked_text.hpp"

#include <algorithm>
#include <filesystem>

namespace autoscaler::policy::tests {

namespace {

struct example {
    std::string name;
    std::string text;
};

// The ```yaml blocks of a document, named by the line they begin on.
std::vector<example> yaml_blocks(std::string const& path) {
    std::string const document = read_repository_file(path);
    std::vector<example> blocks;
    std::size_t line = 1;
    bool inside = false;
    for (std::size_t at = 0; at < document.size(); ++line) {
        std::size_t const end = std::min(document.find('\n', at), document.size());
        std::string const text = document.substr(at, end - at);
        if (inside && text == "```")
            inside = false;
        else if (inside)
            blocks.back().text += text + '\n';
        else if (text == "```yaml") {
            inside = true;
            blocks.push_back({path + ":" + std::to_string(line), {}});
        }
        at = end + 1;
    }
    CHECK_FALSE(inside);
    return blocks;
}

void check_loads(example const& one, bool without_warnings) {
    auto const loaded = load_policy(one.text, one.name);
    INFO(format_report(one.name, loaded.faults));
    CHECK(loaded.policies.has_value());
    CHECK((loaded.faults.empty() || !without_warnings));
}

} // namespace

TEST_CASE("every example file loads without a fault", "[documents]") {
    std::size_t count = 0;
    std::filesystem::path const folder = std::string(AUTOSCALER_SOURCE_DIR) + "/policy/examples";
    for (auto const& file : std::filesystem::directory_iterator(folder)) {
        if (file.path().extension() != ".yml")
            continue;
        ++count;
        std::string const path = "policy/examples/" + file.path().filename().string();
        // The shortest policy is meant to be short: it warns that it can only go up, which its comment says.
        check_loads({path, read_repository_file(path)}, file.path().filename() != "five_lines.yml");
    }
    CHECK(count >= 5);
}

TEST_CASE("every yaml block of the policy reference loads", "[documents]") {
    auto const blocks = yaml_blocks("policy/README.md");
    CHECK(blocks.size() >= 5);
    for (auto const& block : blocks)
        check_loads(block, false);
}

} // namespace autoscaler::policy::tests
