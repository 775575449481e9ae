#include "policy/lint/promql_functions.hpp"

#include <algorithm>
#include <array>

namespace autoscaler::policy::lint {

namespace {

using names = std::initializer_list<std::string_view>;

bool holds(names const& list, std::string_view name) {
    return std::ranges::find(list, name) != list.end();
}

} // namespace

function_effect effect_of(std::string_view function) {
    static names const keeping{
        "abs",
        "acos",
        "acosh",
        "asin",
        "asinh",
        "atan",
        "atanh",
        "avg_over_time",
        "ceil",
        "changes",
        "clamp",
        "clamp_max",
        "clamp_min",
        "cos",
        "cosh",
        "count_over_time",
        "day_of_month",
        "day_of_week",
        "day_of_year",
        "days_in_month",
        "deg",
        "delta",
        "deriv",
        "double_exponential_smoothing",
        "exp",
        "floor",
        "histogram_avg",
        "histogram_count",
        "histogram_fraction",
        "histogram_quantile",
        "histogram_stddev",
        "histogram_stdvar",
        "histogram_sum",
        "holt_winters",
        "hour",
        "idelta",
        "increase",
        "irate",
        "last_over_time",
        "ln",
        "log10",
        "log2",
        "mad_over_time",
        "max_over_time",
        "min_over_time",
        "minute",
        "month",
        "predict_linear",
        "present_over_time",
        "quantile_over_time",
        "rad",
        "rate",
        "resets",
        "round",
        "sgn",
        "sin",
        "sinh",
        "sort",
        "sort_by_label",
        "sort_by_label_desc",
        "sort_desc",
        "sqrt",
        "stddev_over_time",
        "stdvar_over_time",
        "sum_over_time",
        "tan",
        "tanh",
        "timestamp",
        "year"
    };
    if (holds(keeping, function))
        return function_effect::keeps;
    if (function == "label_replace" || function == "label_join")
        return function_effect::adds;
    if (function == "absent" || function == "absent_over_time")
        return function_effect::absent;
    if (function == "vector")
        return function_effect::none;
    return holds({"scalar", "time", "pi"}, function) ? function_effect::scalar : function_effect::unknown;
}

bool is_aggregation(std::string_view lower_case_name) {
    return keeps_series(lower_case_name) ||
           holds(
               {"sum", "min", "max", "avg", "group", "stddev", "stdvar", "count", "count_values", "quantile"},
               lower_case_name
           );
}

bool keeps_series(std::string_view aggregation) {
    return holds({"topk", "bottomk", "limitk", "limit_ratio"}, aggregation);
}

bool compares_samples(std::string_view function) {
    return holds({"rate", "irate", "increase", "delta", "idelta", "deriv", "predict_linear"}, function);
}

} // namespace autoscaler::policy::lint
