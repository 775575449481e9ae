#include "server/trial/report.hpp"

#include "server/trial/offset_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

namespace autoscaler::server::trial {

namespace {

// Columns of text, each as wide as its widest cell, but for the last.
class table {
public:
    using row = std::array<std::string, 4>;

    void add(row cells) { rows_.push_back(std::move(cells)); }

    std::string text(std::string_view indent) const {
        std::array<std::size_t, 4> widths{};
        for (auto const& each : rows_)
            for (std::size_t i = 0; i < each.size(); ++i)
                widths[i] = std::max(widths[i], each[i].size());
        std::string all;
        for (auto const& each : rows_) {
            std::string line(indent);
            for (std::size_t i = 0; i < each.size(); ++i)
                line += each[i] + std::string(widths[i] - each[i].size() + 2, ' ');
            line.erase(line.find_last_not_of(' ') + 1);
            all += line + '\n';
        }
        return all;
    }

private:
    std::vector<row> rows_;
};

std::string step_of(std::int64_t in, std::int64_t out) {
    return std::to_string(in) + " -> " + std::to_string(out);
}

std::string headline(policy::decision const& made) {
    std::string text = "decided " + std::string(to_string(made.action));
    text += made.action == policy::decided_action::hold
                ? " at " + std::to_string(made.to) + (made.to == 1 ? " replica" : " replicas")
                : " " + step_of(made.from, made.to);
    if (made.would)
        text += ", would " + std::to_string(*made.would);
    text += ", reason " + std::string(to_string(made.why));
    if (!made.policy.empty())
        text += ", policy " + made.policy;
    if (!made.rule.empty())
        text += ", rule " + made.rule;
    if (!made.error.empty())
        text += ": " + made.error;
    return text;
}

std::string text_of(double value) {
    std::array<char, 32> text{};
    auto const end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
    return {text.data(), end};
}

// What queries have said, then each stage.
std::string trace_of(policy::decision const& made) {
    std::string values;
    for (auto const& each : made.values)
        values += "      value of " + each.policy + "/" + each.rule + ": " +
                  (each.value ? text_of(*each.value) : each.detail) + "\n";
    table stages;
    for (auto const& each : made.trace) {
        std::string const who = each.policy + (each.rule.empty() ? "" : "/" + each.rule);
        stages.add({std::string(each.stage), step_of(each.in, each.out), each.why, who});
    }
    return values + stages.text("      ");
}

} // namespace

std::string report(std::string const& file, std::string const& test, failure const& what) {
    std::string text = file + ":" + std::to_string(what.line) + ": FAILED: " + test + ": at " +
                       offset_text(what.at) + ": expected " + what.expected + "; got " + what.got + "\n";
    if (what.decided)
        text += "    " + headline(*what.decided) + "\n" + trace_of(*what.decided);
    return text;
}

} // namespace autoscaler::server::trial
