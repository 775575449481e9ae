#include "policy/core/sample.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace autoscaler::policy {

namespace {

double reduced(std::vector<double> const& series, series_reduction how) {
    double const sum = std::accumulate(series.begin(), series.end(), 0.0);
    switch (how) {
    case series_reduction::error:
    case series_reduction::sum:
        return sum;
    case series_reduction::average:
        return sum / static_cast<double>(series.size());
    case series_reduction::max:
        return std::ranges::max(series);
    case series_reduction::min:
        return std::ranges::min(series);
    }
    return sum;
}

sample error(std::string detail) {
    return {.what = sample::kind::error, .value = 0, .detail = std::move(detail)};
}

} // namespace

sample reduce(query_answer const& answer, series_reduction how) {
    if (!answer.error.empty())
        return error(answer.error);
    auto const& series = answer.series;
    if (series.empty())
        return {.what = sample::kind::empty, .value = 0, .detail = {}};
    if (series.size() > 1 && how == series_reduction::error)
        return error(
            std::to_string(series.size()) +
            " series where one value is wanted: aggregate in the query, or set reduce"
        );
    if (std::ranges::any_of(series, [](double each) { return std::isnan(each); }))
        return error("the value is NaN");
    // A sum of finite values may still overflow.
    double const value = reduced(series, how);
    if (!std::isfinite(value) ||
        !std::ranges::all_of(series, [](double each) { return std::isfinite(each); }))
        return error("the value is infinite");
    return {.what = sample::kind::value, .value = value, .detail = {}};
}

std::optional<std::string> promql_for(std::string_view promql, std::string_view service) {
    constexpr std::string_view variable = "$service";
    if (promql.find(variable) == std::string_view::npos)
        return std::string(promql);
    auto const harmless = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
               c == '_' || c == '.';
    };
    if (!std::ranges::all_of(service, harmless))
        return {};
    std::string text;
    for (std::size_t at = 0; at < promql.size();) {
        std::size_t const found = std::min(promql.find(variable, at), promql.size());
        text += promql.substr(at, found - at);
        at = found;
        if (at < promql.size()) {
            text += service;
            at += variable.size();
        }
    }
    return text;
}

} // namespace autoscaler::policy
