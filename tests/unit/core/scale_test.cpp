#include "policy/core/scale.hpp"
#include "support/catch.hpp"
#include "support/core_values.hpp"

#include <limits>

using namespace autoscaler::policy;
using namespace autoscaler::policy::testing;

TEST_CASE("scale counts in whole numbers", "[scale]") {
    using kind = scale_expression::kind;

    struct {
        scale_expression expression;
        std::int64_t count;
        std::int64_t wanted;
    } const rows[] = {
        {by(1), 2, 3},
        {by(1), 0, 1},
        {by(-1), 2, 1},
        {by(-5), 2, 0},
        {percent(10), 100, 110}, // floating point would say 111
        {percent(50), 3, 5},
        {percent(50), 1, 2},
        {percent(1), 5, 6},  // at least one
        {percent(50), 0, 1}, // also from none
        {percent(200), 10, 30},
        {percent(-25), 10, 8},
        {percent(-25), 4, 3},
        {percent(-25), 3, 2}, // at least one
        {percent(-25), 1, 0},
        {percent(-25), 0, 0}, // 0 stays 0
        {percent(-100), 7, 0},
        {percent(-200), 7, 0},
        {exactly(5), 2, 5},
        {exactly(0), 2, 0},
        {{.what = kind::max, .amount = 0}, 4, 9},
        {{.what = kind::min, .amount = 0}, 4, 2},
        {{.what = kind::hold, .amount = 0}, 4, 4},
    };

    for (auto const& row : rows) {
        CAPTURE(static_cast<int>(row.expression.what), row.expression.amount, row.count);
        CHECK(scale(row.expression, row.count, {.min = 2, .max = 9}) == row.wanted);
    }
}

TEST_CASE("scale stays in range for any count that an engine may hold", "[scale]") {
    constexpr auto huge = std::numeric_limits<std::int64_t>::max();
    for (auto const expression : {by(1), by(999'999), percent(1), percent(999'999), percent(-100)}) {
        auto const wanted = scale(expression, huge, {.min = 1, .max = 10});
        CHECK(wanted >= 0);
        CHECK(wanted <= max_count);
    }
}
