// What rules on polled values ask for: steps at thresholds, targets, and what they do without a value.
#include "reason_rows.hpp"
#include "support/catch.hpp"

#include <limits>

using namespace autoscaler::policy;
using namespace autoscaler::policy::testing;

namespace {

// More above 20, less below 10.
void stepping(decision_case& c, sample const& seen, duration for_ = {}) {
    c.policies = {a_policy({on_steps("x", {above(20, by(1), for_), below(10, by(-1), for_)})})};
    c.signal(0, 0).value = seen;
}

void aiming(decision_case& c, double at, double seen, target_rule::mode what = target_rule::mode::average) {
    c.policies = {a_policy({on_target("x", at, what)})};
    c.signal(0, 0).value = value(seen);
}

query_source& query(decision_case& c) {
    auto& kind = c.policy().rules[0].kind;
    if (auto* steps = std::get_if<step_rule>(&kind))
        return steps->query;
    return std::get<target_rule>(kind).query;
}

target_rule& target(decision_case& c) {
    return std::get<target_rule>(c.policy().rules[0].kind);
}

void fall_back(decision_case& c, std::int64_t replicas, bool at_least = true) {
    query(c).on_missing = {
        .what = missing_rule::kind::fallback, .replicas = replicas, .after = 60s, .at_least = at_least
    };
    c.signal(0, 0).value = failed();
    c.memory.rules["web/x"].missing_since = t0 - 60s;
}

constexpr auto total = target_rule::mode::total;
constexpr auto average = target_rule::mode::average;

} // namespace

std::vector<reason_row> autoscaler::policy::testing::query_rows() {
    return {
        {"a value is above", [](auto& c) { stepping(c, value(20.1)); }, reason::threshold, 4},
        {"a value is below", [](auto& c) { stepping(c, value(9.9)); }, reason::threshold, 2},
        {"a threshold is not crossed by what equals it",
         [](auto& c) { stepping(c, value(20)); },
         reason::in_band},
        {"a step that leads nowhere",
         [](auto& c) {
             stepping(c, value(30));
             std::get<step_rule>(c.policy().rules[0].kind).steps[0].scale = exactly(3);
         },
         reason::threshold},
        {"a step waits", [](auto& c) { stepping(c, value(30), 10s); }, reason::for_pending},
        {"a step has waited long enough",
         [](auto& c) {
             stepping(c, value(30), 10s);
             c.memory.rules["web/x"].holding_since = {t0 - 10s, {}};
         },
         reason::threshold,
         4},
        {"a value is not yet of the time after the last change",
         [](auto& c) {
             stepping(c, value(30));
             c.memory.last_down = t0 - 15s;
             c.signal(0, 0).value_at = t0 - 1ms;
         },
         reason::for_pending},
        {"a value of `every` after the last change",
         [](auto& c) {
             stepping(c, value(30));
             c.memory.last_down = t0 - 15s;
             c.signal(0, 0).value_at = t0;
         },
         reason::threshold,
         4},
        {"after an up there is warmup",
         [](auto& c) {
             stepping(c, value(30));
             c.policy().warmup = 30s;
             c.memory.last_up = t0 - 30s + 1ms;
         },
         reason::warmup},
        {"warmup is over",
         [](auto& c) {
             stepping(c, value(30));
             c.policy().warmup = 30s;
             c.memory.last_up = t0 - 30s;
         },
         reason::threshold,
         4},
        {"warmup holds no down",
         [](auto& c) {
             stepping(c, value(5));
             c.policy().warmup = 30s;
             c.memory.last_up = t0 - 1s;
         },
         reason::threshold,
         2},
        {"the value is above the target", [](auto& c) { aiming(c, 50, 100); }, reason::target, 6},
        {"the value is below the target", [](auto& c) { aiming(c, 50, 30); }, reason::target, 2},
        {"the upper edge of the tolerance", [](auto& c) { aiming(c, 50, 55); }, reason::within_tolerance},
        {"just above the tolerance", [](auto& c) { aiming(c, 50, 55.001); }, reason::target, 4},
        {"the lower edge of the tolerance", [](auto& c) { aiming(c, 50, 45); }, reason::within_tolerance},
        {"just below it, which no whole replica can follow",
         [](auto& c) { aiming(c, 50, 44.999); },
         reason::target},
        {"each direction has its tolerance",
         [](auto& c) {
             aiming(c, 50, 62.5);
             target(c).tolerance_up = 0.25;
             target(c).tolerance_down = 0.01;
         },
         reason::within_tolerance},
        {"few tasks run, and the value would lead down",
         [](auto& c) {
             aiming(c, 50, 60);
             c.service.running = 1;
         },
         reason::direction_flip},
        {"a target after an up waits for warmup, too",
         [](auto& c) {
             aiming(c, 50, 100);
             c.policy().warmup = 30s;
             c.memory.last_up = t0;
         },
         reason::warmup},
        {"the total, per replica", [](auto& c) { aiming(c, 10, 41, total); }, reason::target, 5},
        {"the total within the tolerance", [](auto& c) { aiming(c, 10, 33, total); }, reason::within_tolerance
        },
        {"the value is the count",
         [](auto& c) { aiming(c, 1, 6.2, target_rule::mode::replicas); },
         reason::target,
         7},
        {"from zero there is no tolerance",
         [](auto& c) {
             aiming(c, 50, 1);
             c.policy().min = 0;
             c.stand_at(0);
         },
         reason::target,
         1},
        {"no value", [](auto& c) { stepping(c, failed()); }, reason::missing_data},
        {"no series", [](auto& c) { stepping(c, no_series()); }, reason::missing_data},
        {"no series, where that means nothing to do",
         [](auto& c) {
             stepping(c, no_series());
             query(c).on_missing.what = missing_rule::kind::zero;
         },
         reason::threshold,
         2},
        {"an error is no zero",
         [](auto& c) {
             stepping(c, failed());
             query(c).on_missing.what = missing_rule::kind::zero;
         },
         reason::missing_data},
        {"no value, and nothing is to be said of it",
         [](auto& c) {
             stepping(c, failed());
             query(c).on_missing.what = missing_rule::kind::ignore;
         },
         reason::no_signal},
        {"nothing runs that an average could be of",
         [](auto& c) {
             aiming(c, 50, 100);
             c.service.running = 0;
         },
         reason::missing_data},
        {"tasks were not counted, and an average needs them",
         [](auto& c) {
             aiming(c, 50, 100);
             c.service.running.reset();
         },
         reason::missing_data},
        {"a total needs no tasks",
         [](auto& c) {
             aiming(c, 10, 60, total);
             c.service.running = 0;
         },
         reason::target,
         6},
        {"a safe count after a time without values",
         [](auto& c) {
             stepping(c, {});
             fall_back(c, 6);
         },
         reason::fallback,
         6},
        {"not before that time",
         [](auto& c) {
             stepping(c, {});
             fall_back(c, 6);
             c.memory.rules["web/x"].missing_since = t0 - 60s + 1ms;
         },
         reason::missing_data},
        {"a safe count takes nothing away",
         [](auto& c) {
             stepping(c, {});
             fall_back(c, 2);
         },
         reason::missing_data},
        {"unless it is meant exactly",
         [](auto& c) {
             stepping(c, {});
             fall_back(c, 2, false);
         },
         reason::fallback,
         2},
        {"the safe count is there",
         [](auto& c) {
             stepping(c, {});
             fall_back(c, 3, false);
         },
         reason::fallback},
        {"warmup does not hold a safe count",
         [](auto& c) {
             stepping(c, {});
             fall_back(c, 6);
             c.policy().warmup = 30s;
             c.memory.last_up = t0;
         },
         reason::fallback,
         6},
        {"the cooldown does",
         [](auto& c) {
             stepping(c, {});
             fall_back(c, 6);
             c.policy().cooldown.up = 30s;
             c.memory.last_up = t0;
         },
         reason::cooldown_up},
    };
}

TEST_CASE("every reason of polled values", "[decide][query]") {
    for (auto const& each : query_rows())
        check(each);
}

TEST_CASE(
    "of several steps the largest up counts, else nothing while one waits, else the deepest cut",
    "[decide][query]"
) {
    struct {
        double value;
        std::int64_t to;
        reason why;
    } const rows[] = {
        {45, 4, reason::threshold},  // +1 is ready, +3 waits
        {55, 8, reason::threshold},  // =8 is more than +1
        {15, 3, reason::in_band},    //
        {8, 2, reason::threshold},   // -1
        {3, 3, reason::for_pending}, // -1 is ready, -2 waits: it is worth waiting for
    };

    for (auto const& row : rows) {
        CAPTURE(row.value);
        decision_case c;
        c.policies = {a_policy({on_steps(
            "x",
            {above(40, by(1)),
             above(42, by(3), 10s),
             above(50, exactly(8)),
             below(10, by(-1)),
             below(5, by(-2), 10s)}
        )})};
        c.signal(0, 0).value = value(row.value);
        auto const made = c.decide().result;
        CHECK(made.to == row.to);
        CHECK(to_string(made.why) == to_string(row.why));
        c.now += 10s;
        c.signal(0, 0).value = value(row.value);
        if (row.value == 3)
            CHECK(c.decide().result.to == 1);
    }
}

TEST_CASE(
    "a step's patience begins anew with each value that does not hold, and without values", "[decide][query]"
) {
    decision_case c;
    stepping(c, value(30), 10s);
    auto const why = [&](duration later, sample const& seen) {
        c.now = t0 + later;
        c.signal(0, 0).value = seen;
        return to_string(c.decide().result.why);
    };
    CHECK(why(0s, value(30)) == "for_pending");
    CHECK(why(9s, value(15)) == "in_band");
    CHECK(why(10s, value(30)) == "for_pending");
    CHECK(why(19s, failed()) == "missing_data");
    CHECK(why(20s, value(30)) == "for_pending");
    CHECK(c.decide().recheck == t0 + 30s);
    CHECK(why(30s, value(30)) == "threshold");
}

TEST_CASE("the time without values begins anew with each value", "[decide][query]") {
    decision_case c;
    stepping(c, failed());
    fall_back(c, 6);
    c.memory.rules.clear();
    CHECK(c.decide().recheck == t0 + 60s);
    c.now = t0 + 59s;
    c.signal(0, 0).value = value(15);
    CHECK(c.decide().result.why == reason::in_band);
    c.now = t0 + 60s;
    c.signal(0, 0).value = no_series();
    CHECK(c.decide().result.why == reason::missing_data);
    c.now = t0 + 120s;
    CHECK(c.decide().result.why == reason::fallback);
}

TEST_CASE("a missing value holds the downs of other rules, unless it is to be ignored", "[decide][query]") {
    decision_case c;
    c.policies = {a_policy({on_alert("less", "L", by(-1)), on_steps("x", {above(20, by(1))})})};
    c.fire();
    c.signal(0, 1).value = failed();
    CHECK(c.decide().result.why == reason::missing_data);
    std::get<step_rule>(c.policy().rules[1].kind).query.on_missing.what = missing_rule::kind::ignore;
    CHECK(c.decide().result.to == 2);
}

TEST_CASE("ratios are compared and rounded with a little slack", "[decide][query]") {
    struct {
        double target;
        double value;
        std::int64_t replicas;
        target_rule::mode what;
        std::int64_t to;
    } const rows[] = {
        {0.1, 0.1 + 0.2, 1, average, 3},               // 3.0000000000000004 replicas
        {0.1, 0.6, 2, total, 6},                       // 5.999999999999999 or 6.000000000000001
        {1, 7.0000000001, 3, total, 7},                //
        {1, 7.00001, 3, total, 8},                     //
        {100, 100 * (1 + 0.1 + 1e-12), 5, average, 5}, // on the edge but for rounding
        {1, 1e300, 3, total, 10},                      // more than any count: the maximum
        {1, -5, 3, average, 1},                        // a load below nothing
        {1e-300, 1, 3, average, 10},                   //
        {1e300, 1, 3, average, 1},                     //
    };

    for (auto const& row : rows) {
        CAPTURE(row.target, row.value, row.replicas);
        decision_case c;
        aiming(c, row.target, row.value, row.what);
        c.stand_at(row.replicas);
        CHECK(c.decide().result.to == row.to);
    }
}

TEST_CASE("on the way up running tasks count, on the way down the count", "[decide][query]") {
    struct {
        std::int64_t replicas;
        std::int64_t running;
        double value;
        std::int64_t to;
    } const rows[] = {
        {4, 2, 150, 6}, // 3 times 2
        {4, 2, 100, 4}, // 2 times 2: as many as there are
        {4, 9, 75, 6},  // surplus tasks of an update do not count
        {4, 9, 25, 2},  // nor on the way down
        {4, 2, 25, 2},  //
        {4, 1, 25, 2},  //
    };

    for (auto const& row : rows) {
        CAPTURE(row.replicas, row.running, row.value);
        decision_case c;
        aiming(c, 50, row.value);
        c.stand_at(row.replicas);
        c.service.running = row.running;
        auto const made = c.decide().result;
        CHECK(made.to == row.to);
        CHECK(made.why == reason::target);
    }
}

TEST_CASE("values are named in the decision, and why there is none", "[decide][query]") {
    decision_case c;
    c.policies = {a_policy({on_steps("a", {above(20, by(1))}), on_target("b", 5), on_target("c", 5)})};
    c.signal(0, 0).value = value(7);
    c.signal(0, 1).value = no_series();
    c.signal(0, 2).value = failed("timeout");
    CHECK(
        c.decide().result.values ==
        std::vector<rule_value>{
            {"web", "a", 7.0, ""},
            {"web", "b", {}, "no series"},
            {"web", "c", {}, "timeout"},
        }
    );
}

TEST_CASE("of an answer there is one value, or a reason why there is none", "[query]") {
    constexpr double inf = std::numeric_limits<double>::infinity();
    constexpr double nan = std::numeric_limits<double>::quiet_NaN();
    constexpr double huge = std::numeric_limits<double>::max();
    using enum series_reduction;

    struct {
        query_answer answer;
        series_reduction how;
        std::optional<double> value;
        sample::kind what;
    } const rows[] = {
        {{{}, ""}, sum, {}, sample::kind::empty},
        {{{4}, ""}, error, 4, sample::kind::value},
        {{{4, 2}, ""}, error, {}, sample::kind::error},
        {{{4, 2}, ""}, average, 3, sample::kind::value},
        {{{4, 2}, ""}, max, 4, sample::kind::value},
        {{{4, 2}, ""}, min, 2, sample::kind::value},
        {{{4, 2}, ""}, sum, 6, sample::kind::value},
        {{{4, nan}, ""}, max, {}, sample::kind::error},
        {{{inf}, ""}, error, {}, sample::kind::error},
        {{{4, -inf}, ""}, max, {}, sample::kind::error},
        {{{huge, huge}, ""}, sum, {}, sample::kind::error},
        {{{4}, "a warning"}, error, {}, sample::kind::error},
    };

    for (auto const& row : rows) {
        CAPTURE(row.answer.series, static_cast<int>(row.how));
        auto const seen = reduce(row.answer, row.how);
        CHECK(seen.what == row.what);
        CHECK(seen.detail.empty() == (row.what != sample::kind::error));
        if (row.value)
            CHECK(seen.value == *row.value);
    }
}
