#include "unit/yaml/marked_text.hpp"

#include "support/catch.hpp"

#include <fstream>
#include <sstream>

namespace autoscaler::policy::tests {

namespace {

constexpr std::string_view head = "liveness: {matchers: ['alertname=\"Watchdog\"']}\n"
                                  "policies:\n"
                                  "- service: web\n"
                                  "  max: 10\n"
                                  "  return: {after: 10m, by: 1}\n";

std::string indented(std::string_view text, std::string_view first, std::string_view rest) {
    std::string made;
    bool is_first = true;
    while (!text.empty()) {
        std::size_t const end = std::min(text.find('\n'), text.size());
        made += is_first ? first : rest;
        made += text.substr(0, end);
        made += '\n';
        text.remove_prefix(std::min(end + 1, text.size()));
        is_first = false;
    }
    return made;
}

} // namespace

marked_text::marked_text(std::string_view marked) {
    place at;
    for (std::size_t i = 0; i < marked.size(); ++i) {
        std::size_t const open = marked[i] == '$' ? marked.find("[[", i) : std::string_view::npos;
        if (open != std::string_view::npos) {
            marks.emplace(at, marked.substr(i + 1, open - i - 1));
            i = open + 1;
            continue;
        }
        if (marked.substr(i, 2) == "]]" && !marks.empty()) {
            ++i;
            continue;
        }
        text += marked[i];
        at = marked[i] == '\n' ? place{at.line + 1, 1} : place{at.line, at.column + 1};
    }
}

lines located(std::vector<fault> const& faults, marked_text const& marked) {
    lines found;
    for (auto const& one : faults) {
        auto const mark = marked.marks.find({one.line, one.column});
        std::string text = mark != marked.marks.end()
                               ? mark->second
                               : std::to_string(one.line) + ":" + std::to_string(one.column);
        text += ": ";
        text += to_string(one.severity);
        text += ": " + one.text;
        found.push_back(std::move(text));
    }
    return found;
}

lines faults_of(std::string_view marked, load_options const& options) {
    marked_text const source(marked);
    loaded_policy const loaded = load_policy(source.text, "policy.yml", options);
    // The two halves of the answer never contradict each other.
    CHECK(loaded.policies.has_value() == !has_errors(loaded.faults));
    return located(loaded.faults, source);
}

std::string policy_with(std::string_view fields) {
    return unscaled_with(std::string(fields) + "\nscale: +1");
}

std::string unscaled_with(std::string_view fields) {
    return std::string(head) + "  alert: X\n" + indented(fields, "  ", "  ");
}

std::string rule_with(std::string_view fields) {
    return std::string(head) + "  rules:\n" + indented(fields, "  - ", "    ");
}

std::string read_repository_file(std::string const& path) {
    std::ifstream file(std::string(AUTOSCALER_SOURCE_DIR) + "/" + path, std::ios::binary);
    REQUIRE(file);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

} // namespace autoscaler::policy::tests
