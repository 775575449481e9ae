#include "policy/lint/promql.hpp"

#include "policy/lint/promql_parser.hpp"

namespace autoscaler::policy::lint {

namespace {

// The series that both sides must have in common to be matched: those labels of `matched` that only one side
// may carry, never come.
label_bound kept_by_match(label_bound const& kept, label_bound const& other, label_bound const& matched) {
    return kept & (matched.complement() | other);
}

} // namespace

label_bound joined_labels(
    std::string_view operation, label_bound const& left, label_bound const& right, vector_match const& match
) {
    label_bound const matched =
        match.on ? label_bound::only(match.labels) : label_bound::all_except(match.labels);
    if (operation == "or")
        return left | right;
    if (operation == "unless")
        return left;
    if (operation == "and")
        return kept_by_match(left, right, matched);
    if (match.group == vector_match::grouping::none)
        return left & right & matched;
    bool const many_left = match.group == vector_match::grouping::left;
    label_bound const& many = many_left ? left : right;
    label_bound const& one = many_left ? right : left;
    auto const included = label_bound::only(match.included);
    return (kept_by_match(many, one, matched) & included.complement()) | (included & one);
}

promql_facts read_promql(std::string_view expression) {
    return promql_parser(expression).read();
}

} // namespace autoscaler::policy::lint
