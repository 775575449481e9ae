// What is read out of answers of Prometheus' API: values, and every kind of error told apart.
#include "server/prometheus/answer.hpp"
#include "support/catch.hpp"

#include <cmath>
#include <limits>

using namespace autoscaler;
using namespace autoscaler::server::prometheus;

namespace {

std::string success(std::string const& data, std::string const& more = "") {
    return R"({"status":"success","data":)" + data + more + "}";
}

std::string vector_of(std::string const& values, std::string const& more = "") {
    return success(R"({"resultType":"vector","result":[)" + values + "]}", more);
}

std::string series(std::string const& value) {
    return R"({"metric":{"job":"x"},"value":[1435781451.781,")" + value + R"("]})";
}

std::string alerts_of(std::string const& list) {
    return success(R"({"alerts":[)" + list + "]}");
}

// The error of an answer that settles the matter.
std::string conclusive_error(unsigned status, std::string const& body) {
    auto const read = read_query(status, body);
    CHECK(read.conclusive);
    CHECK(read.answer.series.empty());
    return read.answer.error;
}

} // namespace

TEST_CASE("a vector gives one value for each series", "[prometheus]") {
    auto const read =
        read_query(200, vector_of(series("1.5") + "," + series("-0.25") + "," + series("1e-300")));
    CHECK(read.conclusive);
    CHECK(read.answer.error.empty());
    CHECK(read.answer.series == std::vector{1.5, -0.25, 1e-300});
}

TEST_CASE("an empty vector is an answer without values", "[prometheus]") {
    auto const read = read_query(200, vector_of(""));
    CHECK(read.conclusive);
    CHECK(read.answer.error.empty());
    CHECK(read.answer.series.empty());
}

TEST_CASE("nan and the infinities come as they are", "[prometheus]") {
    auto const read = read_query(200, vector_of(series("NaN") + "," + series("+Inf") + "," + series("-Inf")));
    REQUIRE(read.answer.series.size() == 3);
    CHECK(std::isnan(read.answer.series[0]));
    CHECK(read.answer.series[1] == std::numeric_limits<double>::infinity());
    CHECK(read.answer.series[2] == -std::numeric_limits<double>::infinity());
}

TEST_CASE("a scalar is one value", "[prometheus]") {
    auto const read = read_query(200, success(R"({"resultType":"scalar","result":[1,"42"]})"));
    CHECK(read.answer.error.empty());
    CHECK(read.answer.series == std::vector{42.0});
}

TEST_CASE("what is no instant number is an error that names the way out", "[prometheus]") {
    CHECK(
        conclusive_error(200, success(R"({"resultType":"matrix","result":[]})")) ==
        "a range vector where an instant value is wanted: wrap it in a function such as rate() or "
        "avg_over_time(), or leave its range out"
    );
    CHECK(
        conclusive_error(200, success(R"({"resultType":"string","result":[1,"x"]})")) ==
        "a string where a number is wanted"
    );
    CHECK(
        conclusive_error(200, vector_of(series("1") + R"(,{"metric":{},"histogram":[1,{"count":"3"}]})")) ==
        "a native histogram where a number is wanted: take a number of it, such as histogram_quantile(0.9, "
        "...)"
    );
}

TEST_CASE("warnings are an error, infos are not", "[prometheus]") {
    CHECK(
        conclusive_error(200, vector_of(series("1"), R"(,"warnings":["store a is down","b"])")) ==
        "prometheus warns: store a is down; b"
    );
    CHECK(read_query(200, vector_of(series("1"), R"(,"warnings":[])")).answer.error.empty());
    CHECK(read_query(200, vector_of(series("1"), R"(,"warnings":null)")).answer.error.empty());
    CHECK(read_query(200, vector_of(series("1"), R"(,"infos":["metric might not be a counter"])"))
              .answer.error.empty());
}

TEST_CASE("an error of prometheus is told with its type", "[prometheus]") {
    CHECK(
        conclusive_error(400, R"({"status":"error","errorType":"bad_data","error":"1:4: parse error"})") ==
        "bad_data: 1:4: parse error"
    );
    CHECK(
        conclusive_error(422, R"({"status":"error","errorType":"execution","error":"many-to-many"})") ==
        "execution: many-to-many"
    );
    CHECK(conclusive_error(400, R"({"status":"error","errorType":"x","error":"a\nb\u0000c"})") == "x: a b c");
    std::string const long_one = conclusive_error(
        400, R"({"status":"error","errorType":"bad_data","error":")" + std::string(100'000, 'x') + "\"}"
    );
    CHECK(long_one.size() < 1100);
}

TEST_CASE("an error that another prometheus may not have settles nothing", "[prometheus]") {
    auto const read =
        read_query(503, R"({"status":"error","errorType":"timeout","error":"query timed out"})");
    CHECK_FALSE(read.conclusive);
    CHECK(read.answer.error == "timeout: query timed out");
    auto const starting = read_query(503, "Service Unavailable\n");
    CHECK_FALSE(starting.conclusive);
    CHECK(starting.answer.error == "status 503 \"Service Unavailable\"");
    CHECK(read_query(500, "").answer.error == "status 500");
    CHECK(read_query(500, vector_of(series("1"))).answer.series.empty());
}

TEST_CASE("a malformed answer gives no value", "[prometheus]") {
    std::string const body = GENERATE(
        as<std::string>{},
        "",
        "null",
        "[]",
        "42",
        "{",
        "{}",
        R"({"status":"success"})",
        R"({"status":"success","data":null})",
        R"({"status":"success","data":{}})",
        R"({"status":"maybe","data":{"resultType":"vector","result":[]}})",
        R"({"status":1,"data":{"resultType":"vector","result":[]}})",
        R"({"status":"success","data":{"resultType":"vector"}})",
        R"({"status":"success","data":{"resultType":"vector","result":{}}})",
        R"({"status":"success","data":{"resultType":"vector","result":[1]}})",
        R"({"status":"success","data":{"resultType":"vector","result":[{}]}})",
        R"({"status":"success","data":{"resultType":"vector","result":[{"value":[1]}]}})",
        R"({"status":"success","data":{"resultType":"vector","result":[{"value":[1,2]}]}})",
        R"({"status":"success","data":{"resultType":"vector","result":[{"value":["1","2"]}]}})",
        R"({"status":"success","data":{"resultType":"vector","result":[{"value":[1,""]}]}})",
        R"({"status":"success","data":{"resultType":"vector","result":[{"value":[1,"1x"]}]}})",
        R"({"status":"success","data":{"resultType":"vector","result":[{"value":[1,"0x10"]}]}})",
        R"({"status":"success","data":{"resultType":"vector","result":[{"value":[1,"nan"]}]}})",
        R"({"status":"success","data":{"resultType":"vector","result":[{"value":[1," 1"]}]}})",
        R"({"status":"success","data":{"resultType":"vector","result":[{"value":[1,"1e999"]}]}})",
        R"({"status":"success","data":{"resultType":"vector","result":[{"value":[1,"2"]},{}]}})",
        R"({"status":"success","data":{"resultType":"scalar","result":["1"]}})",
        R"({"status":"success","data":{"resultType":"matrices","result":[]}})",
        "{\"status\":\"success\",\"data\":{\"resultType\":\"\xFF\",\"result\":[]}}"
    );
    INFO(body);
    auto const read = read_query(200, body);
    CHECK_FALSE(read.conclusive);
    CHECK(read.answer.series.empty());
    CHECK_FALSE(read.answer.error.empty());
}

TEST_CASE("warnings in another shape are an error, too", "[prometheus]") {
    CHECK_FALSE(read_query(200, vector_of("", R"(,"warnings":"x")")).answer.error.empty());
    CHECK_FALSE(read_query(200, vector_of("", R"(,"warnings":[1])")).answer.error.empty());
}

TEST_CASE("deep and large answers do no harm", "[prometheus]") {
    std::string const deep(1'000'000, '[');
    CHECK_FALSE(read_query(200, deep).answer.error.empty());
    CHECK_FALSE(read_query(200, success(deep)).answer.error.empty());
    std::string many;
    for (int i = 0; i < 20'000; ++i)
        many += (i > 0 ? "," : "") + series("1");
    CHECK(read_query(200, vector_of(many)).answer.series.size() == 20'000);
}

TEST_CASE("every cut of a good answer is an error or the answer", "[prometheus]") {
    std::string const whole = vector_of(series("1") + "," + series("2"));
    for (std::size_t size = 0; size < whole.size(); ++size)
        CHECK_FALSE(read_query(200, whole.substr(0, size)).answer.error.empty());
}

TEST_CASE("only firing alerts are listed", "[prometheus]") {
    auto const read = read_alerts(
        200,
        alerts_of(R"(
        {"labels":{"severity":"page","alertname":"Hot","empty":""},"annotations":{"summary":"it is hot","a":""},
         "state":"firing","activeAt":"2018-07-04T20:27:12.60602144+02:00","value":"1e+00"},
        {"labels":{"alertname":"Waiting"},"annotations":{},"state":"pending","activeAt":"2018-07-04T20:27:12Z","value":"1"},
        {"labels":{"alertname":"Old"},"state":"inactive"})"),
        {}
    );
    CHECK(read.conclusive);
    CHECK(read.answer.error.empty());
    REQUIRE(read.answer.firing.size() == 1);
    auto const& found = read.answer.firing[0];
    CHECK(found.labels == label_list{{"alertname", "Hot"}, {"severity", "page"}});
    CHECK(found.annotations == label_list{{"a", ""}, {"summary", "it is hot"}});
    CHECK(found.active_at == policy::time_point(policy::duration(1530728832606)));
}

TEST_CASE("external labels are added where the alert has no such label", "[prometheus]") {
    auto const read = read_alerts(
        200,
        alerts_of(R"({"labels":{"zone":"own","alertname":"Hot"},"annotations":{},"state":"firing"})"),
        {{"zone", "eu"}, {"cluster", "b"}, {"nothing", ""}}
    );
    REQUIRE(read.answer.firing.size() == 1);
    CHECK(
        read.answer.firing[0].labels == label_list{{"alertname", "Hot"}, {"cluster", "b"}, {"zone", "own"}}
    );
    CHECK_FALSE(read.answer.firing[0].active_at);
}

TEST_CASE("a list of alerts with one that is malformed is no list", "[prometheus]") {
    std::string const alert = GENERATE(
        as<std::string>{},
        "1",
        "{}",
        R"({"labels":{"alertname":"x"}})",
        R"({"state":"firing"})",
        R"({"labels":{},"state":"firing"})",
        R"({"labels":{"alertname":""},"state":"firing"})",
        R"({"labels":{"alertname":1},"state":"firing"})",
        R"({"labels":{"alertname":"x"},"annotations":{"a":1},"state":"firing"})",
        R"({"labels":{"alertname":"x"},"annotations":{},"state":"firing","activeAt":"yesterday"})"
    );
    INFO(alert);
    auto const good = R"({"labels":{"alertname":"good"},"annotations":{},"state":"firing"},)";
    auto const read = read_alerts(200, alerts_of(good + alert), {});
    CHECK_FALSE(read.conclusive);
    CHECK(read.answer.firing.empty());
    CHECK_FALSE(read.answer.error.empty());
}

TEST_CASE("an answer without a list of alerts is an error", "[prometheus]") {
    CHECK_FALSE(read_alerts(200, success("{}"), {}).answer.error.empty());
    CHECK_FALSE(read_alerts(404, "404 page not found", {}).answer.error.empty());
    CHECK(read_alerts(200, alerts_of(""), {}).answer.error.empty());
}

TEST_CASE("listed alerts become notices", "[prometheus]") {
    policy::time_point const since(policy::duration(1'000));
    std::vector<listed_alert> const listed{
        {{{"alertname", "a"}, {"x", "1"}}, {{"summary", "s"}}, since},
        {{{"alertname", "b"}}, {}, std::nullopt}
    };
    listed_notices const made(listed);
    REQUIRE(made.get().size() == 2);
    auto const& first = made.get()[0];
    CHECK(first.source == policy::alert_source::listed);
    CHECK(policy::value_of(first.labels, "x") == "1");
    CHECK(first.labels.size() == 2);
    CHECK(first.annotations.size() == 1);
    CHECK(first.starts_at == since);
    CHECK(policy::value_of(made.get()[1].labels, "alertname") == "b");
    CHECK(made.get()[1].annotations.empty());
}
