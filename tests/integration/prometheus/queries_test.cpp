// What a real Prometheus says to our questions, over plain HTTP.
#include "integration/prometheus/running_prometheus.hpp"
#include "support/scripted_server.hpp"

#include <cmath>
#include <limits>

using namespace autoscaler;
using namespace autoscaler::test;
using server::prometheus::client;

namespace {

std::string const rules = R"(
groups:
- name: test
  rules:
  - {alert: Always, expr: 'vector(3)', labels: {severity: page, zone: own}, annotations: {summary: 'value {{ $value }}'}}
  - {alert: Waiting, expr: 'vector(1)', for: 1h}
  - {alert: Never, expr: 'vector(1) > 2'}
)";

policy::prometheus_source source_of(std::string url) {
    policy::prometheus_source made;
    made.urls = {std::move(url)};
    made.timeout = std::chrono::seconds(10);
    made.external_labels = {{"cluster", "a"}, {"zone", "eu"}};
    return made;
}

// One Prometheus that answers, and a client of it.
struct setting {
    setting() : prometheus({rules, "", {}}), asks(io.get_executor(), source_of(prometheus.url())) {
        prometheus.wait_until([this] { return answer("vector(1)").error.empty(); });
    }

    policy::query_answer answer(std::string promql) { return run(io, asks.query(std::move(promql))); }

    boost::asio::io_context io;
    running_prometheus prometheus;
    client asks;
};

void check_values(setting& in) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    CHECK(in.answer("vector(1.5)").series == std::vector{1.5});
    CHECK(in.answer("42").series == std::vector{42.0}); // a scalar
    CHECK(in.answer("1/0").series == std::vector{infinity});
    CHECK(in.answer("vector(-1)/0").series == std::vector{-infinity});
    auto const nan = in.answer("0/0");
    REQUIRE(nan.series.size() == 1);
    CHECK(std::isnan(nan.series[0]));
    CHECK(in.answer("vector(1e-320)").series == std::vector{1e-320});
    CHECK(in.answer("vector(1.7976931348623157e308)").series == std::vector{1.7976931348623157e308});
    auto const several = in.answer(R"(vector(1) or label_replace(vector(2), "a", "b", "", ""))");
    CHECK(several.error.empty());
    CHECK(several.series.size() == 2);
    auto const strange = in.answer(R"(label_replace(vector(7), "a", "ä+&%=;#?", "", ""))");
    CHECK(strange.error.empty());
    CHECK(strange.series == std::vector{7.0});
    auto const none = in.answer("no_such_metric");
    CHECK(none.error.empty());
    CHECK(none.series.empty());
}

void check_errors(setting& in) {
    auto const starts = [&in](std::string const& promql, std::string const& with) {
        auto const said = in.answer(promql);
        INFO(promql << " -> " << said.error);
        CHECK(said.series.empty());
        CHECK(said.error.starts_with(with));
    };
    starts("1 +", "bad_data: invalid parameter \"query\": 1:4: parse error: unexpected end of input");
    starts("{}", "bad_data: ");
    starts("", "bad_data: ");
    starts("up[1m]", "a range vector where an instant value is wanted: ");
    starts("\"text\"", "a string where a number is wanted");
    std::string const two = R"((vector(1) or label_replace(vector(2), "a", "b", "", "")))";
    starts(two + " + on() " + two, "execution: ");
}

} // namespace

TEST_CASE("a real prometheus answers queries", "[prometheus]") {
    setting in;
    SECTION("with values") {
        check_values(in);
        in.prometheus.wait_until([&] {
            return in.answer("up{job=\"prometheus\"}").series == std::vector{1.0};
        });
        CHECK(in.answer("{__name__=~\"go_.*\"}").series.size() > 20);
    }
    SECTION("with errors") {
        check_errors(in);
    }
    SECTION("again after it was killed and started anew") {
        in.prometheus.kill();
        CHECK(in.answer("vector(1)").error == in.prometheus.url() + "/api/v1/query: Connection refused");
        in.prometheus.start();
        in.prometheus.wait_until([&] { return in.answer("vector(1)").error.empty(); });
        CHECK(in.answer("vector(2)").series == std::vector{2.0});
    }
}

TEST_CASE("a real prometheus lists the alerts that fire", "[prometheus]") {
    setting in;
    server::prometheus::alerts_result said;
    in.prometheus.wait_until([&] {
        said = run(in.io, in.asks.alerts());
        return !said.firing.empty();
    });
    CHECK(said.error.empty());
    REQUIRE(said.firing.size() == 1);
    auto const& alert = said.firing[0];
    CHECK(
        alert.labels ==
        server::prometheus::label_list{
            {"alertname", "Always"}, {"cluster", "a"}, {"severity", "page"}, {"zone", "own"}
        }
    );
    CHECK(alert.annotations == server::prometheus::label_list{{"summary", "value 3"}});
    REQUIRE(alert.active_at);
    auto const age = std::chrono::system_clock::now() - *alert.active_at;
    CHECK(age > std::chrono::seconds(-1));
    CHECK(age < std::chrono::minutes(5));
}
