// What a polled query has answered, and the one value that a rule makes of it. Pure.
#pragma once

#include "policy/core/policy.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace autoscaler::policy {

// The answer to one instant query, whoever asked it.
struct query_answer {
    std::vector<double> series; // one value for each series, NaN and infinities as they came
    // Not empty: there was no answer, or none to rely on. A warning is one: it says that data may be missing.
    std::string error;
};

// The value of a rule's query at one moment.
struct sample {
    enum class kind { value, empty, error };

    kind what = kind::empty;
    double value = 0;
    std::string detail; // of an error: what is wrong

    friend bool operator==(sample const&, sample const&) = default;
};

// NaN and infinities are errors, and so are more series than `how` allows.
sample reduce(query_answer const& answer, series_reduction how);

// The text of a query about `service`, its full name: that stands where `$service` is written. None for a
// name that could end a string of the query; no service has one (letters, digits, `-` and `_`: swarmkit's
// isValidDNSName).
std::optional<std::string> promql_for(std::string_view promql, std::string_view service);

} // namespace autoscaler::policy
