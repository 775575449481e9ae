#include "server/http/message.hpp"
#include "server/webhook/webhook_decoder.hpp"
#include "support/catch.hpp"

using namespace autoscaler;
using namespace autoscaler::server::webhook;
using kind = decoded_webhook::kind;

namespace {

struct fixture {
    decoded_webhook decode(std::string_view text) {
        body.assign(text);
        body.append(server::http::body_padding, ' ');
        return decoder.decode(std::string_view(body).substr(0, text.size()));
    }

    std::string fault(std::string_view text) {
        auto const read = decode(text);
        CHECK(read.faults.size() == 1);
        return read.faults.empty() ? "" : read.faults.front();
    }

    std::string body;
    webhook_decoder decoder;
};

} // namespace

TEST_CASE_METHOD(fixture, "each listed alert has its own status, whatever the group says") {
    auto const read = decode(
        R"({"version":"4","status":"resolved","truncatedAlerts":7,"new":{"x":[1]},"alerts":[)"
        R"({"status":"firing","labels":{"a":"1"},"startsAt":"2026-01-01T00:00:00Z","endsAt":"0001-01-01T00:00:00Z"},)"
        R"({"status":"resolved","labels":{"a":"2"},"annotations":{"t":""},"generatorURL":"http://x",)"
        R"("startsAt":"2026-01-01T01:00:00.5+01:00","endsAt":"2026-01-01T00:00:01Z"}]})"
    );
    REQUIRE(read.what == kind::message);
    CHECK(read.faults.empty());
    REQUIRE(read.notices.size() == 2);
    auto const& firing = read.notices[0];
    CHECK(firing.source == policy::alert_source::webhook);
    CHECK_FALSE(firing.resolved);
    CHECK_FALSE(firing.ends_at);
    auto const& resolved = read.notices[1];
    CHECK(resolved.resolved);
    CHECK(resolved.generator_url == "http://x");
    CHECK(resolved.annotations.size() == 1);
    CHECK(*resolved.starts_at - *firing.starts_at == std::chrono::milliseconds(500));
    CHECK(*resolved.ends_at - *firing.starts_at == std::chrono::seconds(1));
}

TEST_CASE_METHOD(fixture, "a bad alert is named by its place, and the good ones are kept") {
    auto const read =
        decode(R"({"alerts":[{"status":"firing","labels":{"a":"1"}},{"status":"x","labels":{"a":"2"}},7,)"
               R"({"status":"firing","labels":{"a":"3"}},{"labels":{"a":"4"}}]})");
    CHECK(read.what == kind::message);
    CHECK(read.notices.size() == 2);
    CHECK(
        read.faults ==
        std::vector<std::string>{
            R"(alerts[1].status: expected "firing" or "resolved", got "x")",
            "alerts[2]: expected an object, got number",
            R"(alerts[4].status: expected "firing" or "resolved", but it is missing)",
        }
    );
}

TEST_CASE_METHOD(fixture, "every part of an alert is checked") {
    auto const alert = [&](std::string const& fields) {
        return fault(R"({"alerts":[{"status":"firing",)" + fields + "}]}");
    };
    CHECK(alert(R"("labels":[])") == "alerts[0].labels: expected an object of strings, got array");
    CHECK(alert(R"("labels":{"a":1})") == R"(alerts[0].labels["a"]: expected a string, got number)");
    CHECK(alert(R"("labels":{"":"x"})") == "alerts[0].labels: a name is empty");
    CHECK(alert(R"("labels":{"a":""})") == "alerts[0].labels: expected at least one label with a value");
    CHECK(
        alert(R"("labels":{"a":"b"},"startsAt":"now")") ==
        R"(alerts[0].startsAt: expected a time such as "2026-01-02T15:04:05Z", got "now")"
    );
    CHECK(
        alert(R"("labels":{"a":"b"},"generatorURL":{})") ==
        "alerts[0].generatorURL: expected a string, got object"
    );
}

TEST_CASE_METHOD(fixture, "versions 4 and 1 are taken, and none at all") {
    for (std::string const version : {R"("version":"4",)", R"("version":"1",)", ""})
        CHECK(decode("{" + version + R"("alerts":[]})").what == kind::message);
    CHECK(fault(R"({"version":"3","alerts":[]})") == R"(version: expected "4" or "1", got "3")");
    CHECK(fault(R"({"version":4,"alerts":[]})") == R"(version: expected "4" or "1", got number)");
}

TEST_CASE_METHOD(fixture, "what is no webhook message is told apart by its shape") {
    CHECK(decode("[]").what == kind::array);
    CHECK(decode(R"({"labels":{"a":"b"}})").what == kind::alert);
    CHECK(fault("{}") == "alerts: expected an array of alerts, but it is missing");
    CHECK(fault(R"({"alerts":null})") == "alerts: expected an array, got null");
    CHECK(
        fault("7") == "the body: expected an Alertmanager webhook message or an array of alerts, got number"
    );
    CHECK(fault("") == "the body is empty: expected an Alertmanager webhook message");
    CHECK(
        fault("{x") == "the body is no JSON: invalid character 'x' looking for beginning of object key string"
    );
}
