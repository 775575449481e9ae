// What can be said of a PromQL expression without asking Prometheus: the labels that its result may carry,
// and the windows that it looks back over. A small, tolerant reader: what it does not understand may carry
// all labels and has no windows. Takes any bytes.
#pragma once

#include "policy/core/time.hpp"
#include "policy/lint/label_bound.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace autoscaler::policy::lint {

// A function that compares samples of a window with each other, so that it needs two of them: rate(x[5m]).
struct sample_window {
    std::string function;
    duration range{};
    std::optional<duration> resolution; // of a subquery that names one

    friend bool operator==(sample_window const&, sample_window const&) = default;
};

struct promql_facts {
    label_bound labels = label_bound::all();
    std::vector<sample_window> windows;
};

promql_facts read_promql(std::string_view expression);

} // namespace autoscaler::policy::lint
