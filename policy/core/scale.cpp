#include "policy/core/scale.hpp"

#include <algorithm>

namespace autoscaler::policy {

namespace {

// The loader keeps amounts below a million, so these products stay within 64 bits.
std::int64_t add_percent(std::int64_t count, std::int64_t percent) {
    if (percent >= 0)
        return count + std::max<std::int64_t>(1, (count * percent + 99) / 100);
    return count - std::max<std::int64_t>(1, count * -percent / 100);
}

std::int64_t unbounded(scale_expression const& expression, std::int64_t count, replica_bounds bounds) {
    switch (expression.what) {
    case scale_expression::kind::delta:
        return count + expression.amount;
    case scale_expression::kind::percent:
        return add_percent(count, expression.amount);
    case scale_expression::kind::exact:
        return expression.amount;
    case scale_expression::kind::max:
        return bounds.max;
    case scale_expression::kind::min:
        return bounds.min;
    case scale_expression::kind::hold:
        return count;
    }
    return count;
}

} // namespace

std::int64_t scale(scale_expression const& expression, std::int64_t count, replica_bounds bounds) {
    auto const known = std::clamp<std::int64_t>(count, 0, max_count); // the engine accepts any number
    return std::clamp<std::int64_t>(unbounded(expression, known, bounds), 0, max_count);
}

} // namespace autoscaler::policy
