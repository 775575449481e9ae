#include "policy/lint/promql.hpp"
#include "support/catch.hpp"

using namespace autoscaler::policy;
using namespace autoscaler::policy::lint;
using namespace std::chrono_literals;

namespace {

// The labels that an expression may carry, in words.
std::string labels(std::string_view expression) {
    return read_promql(expression).labels.text();
}

} // namespace

TEST_CASE("the labels that an expression may carry", "[promql]") {
    struct {
        std::string_view expression;
        std::string_view labels;
    } const rows[] = {
        {"up", "all labels"},
        {"up{job=\"api\"} == 0", "all labels"},
        {"up{job=\"\"}", "no \"job\""},
        {"{__name__=~\"a.*\", x!=\"\"}", "all labels"},
        {"{\"my.metric\", a=\"b\"}", "all labels"},
        // Aggregations.
        {"sum(up)", "no label"},
        {"sum by (job) (up)", "only \"job\""},
        {"sum(up) by (job, instance)", "only \"instance\" and \"job\""},
        {"SUM(up) BY (job,)", "only \"job\""},
        {"avg without (instance) (up)", "no \"instance\""},
        {"avg(up) without (instance)", "no \"instance\""},
        {"avg(up) without ()", "all labels"},
        {"max by () (up)", "no label"},
        {"sum by (\"my.label\") (up)", "only \"my.label\""},
        {"sum by (job) (sum by (instance) (up))", "no label"},
        {"sum by (job, a) (avg without (a) (up))", "only \"job\""},
        {"topk(3, up)", "all labels"},
        {"topk by (job) (3, up)", "all labels"},
        {"topk(3, sum by (job) (up))", "only \"job\""},
        {"quantile(0.9, up)", "no label"},
        {"count_values(\"version\", build_info)", "only \"version\""},
        {"count_values by (job) (\"version\", build_info)", "only \"job\" and \"version\""},
        {"group(up) by (job)", "only \"job\""},
        // Functions.
        {"rate(x[5m])", "all labels"},
        {"sum by (job) (rate(x{a=\"b\"}[5m] offset 1h)) > 0.5", "only \"job\""},
        {"histogram_quantile(0.9, sum by (le, service) (rate(x_bucket[5m])))", "only \"le\" and \"service\""},
        {"max_over_time(sum(up)[1h:5m])", "no label"},
        {"label_replace(sum(up), \"service\", \"$1\", \"a\", \"(.*)\")", "only \"service\""},
        {"label_join(sum by (a) (up), \"service\", \"-\", \"a\", \"b\")", "only \"a\" and \"service\""},
        {"absent(up{job=\"api\", x=~\"y\"})", "only \"job\""},
        {"absent((up{job=\"api\"}))", "only \"job\""},
        {"absent(sum(up{job=\"api\"}))", "no label"},
        {"absent_over_time(up{job=\"api\"}[5m])", "only \"job\""},
        {"vector(1)", "no label"},
        {"time()", "no label"},
        {"hour()", "no label"},
        {"hour(up)", "all labels"},
        {"clamp_max(sum by (a) (x), scalar(y))", "only \"a\""},
        {"1 + 2", "no label"},
        // Binary operators.
        {"sum(up) > 1", "no label"},
        {"1 < sum by (job) (up)", "only \"job\""},
        {"sum by (a) (x) > bool 1", "only \"a\""},
        {"sum by (a, b) (x) / sum by (a, b) (y)", "only \"a\" and \"b\""},
        {"sum by (a, b) (x) / on (a) sum by (a, c) (y)", "only \"a\""},
        {"x / on (a) y", "only \"a\""},
        {"x / on () y", "no label"},
        {"x / ignoring (a) y", "no \"a\""},
        {"sum by (a, b) (x) / ignoring (b) sum by (a) (y)", "only \"a\""},
        {"x / on (a) group_left sum by (a) (y)", "all labels"},
        {"sum by (a, b) (x) / on (a) group_left (c) sum by (a, c) (y)", "only \"a\", \"b\" and \"c\""},
        {"sum by (a) (x) / on (a) group_left (c) sum by (a) (y)", "only \"a\""},
        {"sum by (a) (y) * on (a) group_right () sum by (a, b) (x)", "only \"a\" and \"b\""},
        {"sum by (a, b) (x) / ignoring (b) group_left sum by (a) (y)", "only \"a\" and \"b\""},
        {"sum by (a) (x) and sum by (b) (y)", "no label"},
        {"sum by (a, b) (x) and on (a) sum by (a) (y)", "only \"a\" and \"b\""},
        {"sum by (a) (x) unless y", "only \"a\""},
        {"sum by (a) (x) or sum by (b) (y)", "only \"a\" and \"b\""},
        {"sum by (a) (x) or vector(0)", "only \"a\""},
        {"sum by (a) (x) > 1 and on () hour() < 5 or sum by (c) (z)", "only \"a\" and \"c\""},
        {"sum by (a) (x) > 1 or sum by (b) (x) > 2 and on () y", "only \"a\" and \"b\""},
        {"-sum by (a) (x) ^ 2", "only \"a\""},
        {"2 ^ 3 ^ sum by (a) (x)", "only \"a\""},
        {"sum by (a) (x) atan2 sum by (a) (y)", "only \"a\""},
        // Suffixes, numbers, texts, comments.
        {"sum(x offset -5m)", "no label"},
        {"sum(x @ 1609746000)", "no label"},
        {"sum(x @ end())", "no label"},
        {"sum(rate(x[5m:]))", "no label"},
        {"sum(x) > 1e-3", "no label"},
        {"sum(x) > 0x1F", "no label"},
        {"sum(x) > .5", "no label"},
        {"sum(x) != NaN", "no label"},
        {"sum(x) < +Inf", "no label"},
        {"sum(x{a='it\\'s'}) # by (b)\n > 1", "no label"},
        {"sum(x{a=`\\`})", "no label"},
        {"sum(job:errors:rate5m)", "no label"},
        {"sum(:recorded)", "no label"},
        {"sum", "all labels"}, // a metric may be called so
        {"((sum((up))))", "no label"},
        // What is not known may carry anything.
        {"sum(up", "all labels"},
        {"sum(up) by (job", "all labels"},
        {"sum by (job) up", "all labels"},
        {"sum(up))", "all labels"},
        {"sum(up) > $threshold", "all labels"},
        {"info(sum(up))", "all labels"},
        {"sum(future_function(up))", "no label"},
        {"sum(up) is_like sum(up)", "all labels"},
        {"sum(x{a=\"b\" or c=\"d\"})", "all labels"},
        {"sum(rate(x[$__interval]))", "all labels"},
        {"sum()", "all labels"},
        {"", "all labels"},
        {"\"text", "all labels"},
    };

    for (auto const& row : rows) {
        CAPTURE(row.expression);
        CHECK(labels(row.expression) == row.labels);
    }
}

TEST_CASE("a bound of labels says of each whether it may come", "[promql]") {
    auto const bound = read_promql("sum by (a) (x)").labels;
    CHECK(bound.may_carry("a"));
    CHECK_FALSE(bound.may_carry("b"));
    auto const rest = read_promql("sum without (a) (x)").labels;
    CHECK_FALSE(rest.may_carry("a"));
    CHECK(rest.may_carry("b"));
    CHECK((bound & rest) == label_bound::none());
    CHECK((bound | rest) == label_bound::all());
    CHECK(
        (label_bound::all_except({"a"}) & label_bound::all_except({"b"})) ==
        label_bound::all_except({"a", "b"})
    );
    CHECK((label_bound::all_except({"a"}) | label_bound::all_except({"b"})) == label_bound::all());
}

TEST_CASE("windows whose samples are compared with each other", "[promql]") {
    using windows = std::vector<sample_window>;
    CHECK(read_promql("rate(x[5m])").windows == windows{{"rate", 5min, {}}});
    CHECK(
        read_promql("sum(irate(x[1m])) / sum(increase(y[1h30m]))").windows ==
        windows{{"irate", 1min, {}}, {"increase", 90min, {}}}
    );
    CHECK(read_promql("rate(x[5m:30s])").windows == windows{{"rate", 5min, duration{30s}}});
    CHECK(read_promql("rate(x[5m:])").windows.empty()); // at a rhythm that is not known here
    CHECK(read_promql("avg_over_time(x[5m])").windows.empty());
    CHECK(read_promql("max_over_time(rate(x[1m])[1h:1m])").windows == windows{{"rate", 1min, {}}});
    CHECK(read_promql("rate(x[5m]").windows.empty());
}
