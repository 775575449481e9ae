// What PromQL's functions do to labels.
#pragma once

#include <string_view>

namespace autoscaler::policy::lint {

enum class function_effect {
    keeps,  // the labels of its vector, or none where it has no vector
    adds,   // the same and the label that its second argument names
    absent, // the labels that its selector demands by `=`
    none,   // a vector without labels
    scalar, // no vector
    unknown
};

function_effect effect_of(std::string_view function);

// It takes an expression in brackets and by/without beside it: sum, topk.
bool is_aggregation(std::string_view lower_case_name);

// Whether an aggregation gives series as they came: topk.
bool keeps_series(std::string_view aggregation);

// Whether it needs two samples of its window.
bool compares_samples(std::string_view function);

} // namespace autoscaler::policy::lint
