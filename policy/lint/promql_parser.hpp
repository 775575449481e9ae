// The recursive descent behind read_promql(). Internal to this room.
#pragma once

#include "policy/lint/promql.hpp"
#include "policy/lint/promql_tokens.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace autoscaler::policy::lint {

// What is known of a part of an expression.
struct promql_value {
    enum class kind { scalar, text, vector, unknown };

    kind what = kind::unknown;
    label_bound labels = label_bound::all();
    std::optional<label_bound::names> demanded; // of a selector: the labels that it gives a value by `=`
    std::string text;                           // of a text
    std::optional<duration> range;              // of a range selector or subquery
    std::optional<duration> resolution;         // of a subquery that names one
};

// The vector match between the operands of a binary operator.
struct vector_match {
    bool on = false; // `labels` are compared; else all others
    label_bound::names labels;
    enum class grouping { none, left, right } group = grouping::none;
    label_bound::names included; // of group_left and group_right
};

// The labels of `left OPERATION right`.
label_bound joined_labels(
    std::string_view operation, label_bound const& left, label_bound const& right, vector_match const& match
);

class promql_parser {
public:
    explicit promql_parser(std::string_view text) : tokens_(promql_tokens(text)) {}

    // Once.
    promql_facts read();

private:
    promql_token const& peek(std::size_t ahead = 0) const;
    promql_token take();
    bool accept(std::string_view symbol);
    bool accept_word(std::string_view lower_case);
    bool at_word(std::string_view lower_case) const;
    void expect(std::string_view symbol);

    void fail() { failed_ = true; }

    promql_value expression(int least_binding);
    promql_value binary(std::string const& operation, promql_value left, int binding);
    vector_match match_clause();
    label_bound::names name_list();
    promql_value operand();
    promql_value primary();
    promql_value named();
    promql_value aggregation(std::string const& name);
    promql_value call(std::string const& name);
    promql_value selector();
    void matcher(promql_value& made, label_bound::names& absent);
    void suffixes(promql_value& made);
    void brackets(promql_value& made);
    std::optional<duration> time();
    std::vector<promql_value> arguments();

    std::vector<promql_token> tokens_;
    std::size_t at_ = 0;
    std::size_t depth_ = 0;
    bool failed_ = false;
    std::vector<sample_window> windows_;
};

} // namespace autoscaler::policy::lint
