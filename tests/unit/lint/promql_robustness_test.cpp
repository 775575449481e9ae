#include "policy/lint/promql.hpp"
#include "policy/yaml/rule_file.hpp"
#include "support/catch.hpp"

#include <array>
#include <random>

using namespace autoscaler::policy;

TEST_CASE("any bytes are taken as PromQL", "[promql]") {
    std::mt19937 chance(20260302);
    for (int round = 0; round < 3000; ++round) {
        std::string text(std::uniform_int_distribution<std::size_t>(0, 60)(chance), ' ');
        for (char& each : text)
            each = static_cast<char>(std::uniform_int_distribution<int>(0, 255)(chance));
        auto const read = lint::read_promql(text);
        CHECK((read.windows.empty() || text.find('[') != std::string::npos));
    }
}

TEST_CASE("any words of PromQL are taken", "[promql]") {
    constexpr std::array<std::string_view, 44> words{
        "sum",
        "by",
        "without",
        "on",
        "ignoring",
        "group_left",
        "group_right",
        "(",
        ")",
        "(",
        ")",
        "{",
        "}",
        "[",
        "]",
        ",",
        "=",
        "=~",
        "+",
        "-",
        "*",
        "^",
        "and",
        "or",
        "unless",
        "bool",
        "offset",
        "@",
        "start",
        "5m",
        "1",
        "1e",
        "\"a\"",
        "'",
        "x",
        "y",
        "rate",
        "absent",
        "label_replace",
        "topk",
        "count_values",
        ":",
        "==",
        "#"
    };
    std::mt19937 chance(1);
    for (int round = 0; round < 20'000; ++round) {
        std::string text;
        for (int left = std::uniform_int_distribution(1, 14)(chance); left > 0; --left) {
            text += words[std::uniform_int_distribution<std::size_t>(0, words.size() - 1)(chance)];
            text += ' ';
        }
        CAPTURE(text);
        // Brackets around it change nothing.
        if (lint::read_promql(text).labels == lint::label_bound::all())
            continue;
        CHECK(lint::read_promql("(" + text + "\n)").labels == lint::read_promql(text).labels);
    }
}

TEST_CASE("deep nesting is given up, not followed", "[promql]") {
    for (std::string_view const part :
         {"(", "-", "sum(", "x + (", "x ^ ", "x{", "x[", "x[5m:", "by (", "rate("}) {
        CAPTURE(part);
        std::string text;
        for (int i = 0; i < 20'000; ++i)
            text += part;
        CHECK(lint::read_promql(text).labels == lint::label_bound::all());
    }
}

TEST_CASE("any bytes are taken as a rule file", "[rule_file]") {
    std::string const good =
        "groups:\n- name: g\n  rules:\n  - alert: A\n    expr: up == 0\n    labels: {a: b}\n";
    std::mt19937 chance(7);
    for (int round = 0; round < 2000; ++round) {
        std::string text = good;
        for (int changes = std::uniform_int_distribution(1, 4)(chance); changes > 0; --changes) {
            auto const at = std::uniform_int_distribution<std::size_t>(0, text.size() - 1)(chance);
            text[at] = static_cast<char>(std::uniform_int_distribution<int>(1, 126)(chance));
        }
        auto const read = read_rule_file(text, "rules.yml");
        CAPTURE(text);
        CHECK((has_errors(read.faults) || read.alerts.size() <= 1));
        for (auto const& each : read.faults)
            CHECK((each.line >= 1 && each.column >= 1));
    }
}
