// What a body with alerts may hold, and the zones of its times.
#include "server/alertmanager/alert_decoder.hpp"
#include "server/webhook/webhook_decoder.hpp"
#include "support/catch.hpp"

using namespace autoscaler;
using namespace autoscaler::server;
using alertmanager::alert_limits;
using alertmanager::api_version;

namespace {

constexpr alert_limits small{.alerts = 3, .labels = 2, .annotations = 2, .name = 4, .nesting = 8, .value = 6};

// 2026-01-01T00:00:00Z.
policy::time_point now() {
    return policy::time_point(std::chrono::seconds(1767225600));
}

struct outcome {
    unsigned status = 0;
    std::string body;
    std::size_t taken = 0;
};

std::string padded(std::string_view text) {
    return std::string(text) + std::string(http::body_padding, '\0');
}

outcome post(std::string_view body, api_version version = api_version::v2) {
    alertmanager::alert_decoder decoder(small);
    std::string const bytes = padded(body);
    auto const read = decoder.decode(version, std::string_view(bytes).substr(0, body.size()), now());
    return {read.answer.status, read.answer.body, read.notices.size()};
}

std::vector<std::string> webhook_faults(std::string_view body) {
    webhook::webhook_decoder decoder(small);
    std::string const bytes = padded(body);
    return decoder.decode(std::string_view(bytes).substr(0, body.size())).faults;
}

} // namespace

TEST_CASE("a body that is nested too deeply is refused, and one level less is not", "[limits]") {
    auto const nested = [](std::size_t levels) {
        // An alert is inside two: the list and itself.
        return R"([{"labels":{"a":"1"},"x":)" + std::string(levels - 2, '[') + "1" +
               std::string(levels - 2, ']') + "}]";
    };
    CHECK(post(nested(8)).status == 200);
    auto const refused = post(nested(9));
    CHECK(refused.status == 400);
    CHECK(refused.taken == 0);
    CHECK(refused.body.find("exceeded max depth") != std::string::npos);
    CHECK(webhook_faults(R"({"alerts":)" + nested(9) + "}").size() == 1);
}

TEST_CASE("an alert at its limits is taken", "[limits]") {
    auto const made = post(
        R"([{"labels":{"abcd":"123456","b":"2"},"annotations":{"abcd":"123456","b":"2"},"generatorURL":"/23456"}])"
    );
    CHECK(made.status == 200);
    CHECK(made.taken == 1);
}

TEST_CASE("an alert beyond a limit is refused with the limit, and the others are kept", "[limits]") {
    struct {
        std::string_view alert;
        std::string_view says;
    } const rows[] = {
        {R"({"labels":{"a":"1","b":"2","c":"3"}})", "too many labels: 3 (limit: 2)"},
        {R"({"labels":{"a":"1"},"annotations":{"a":"1","b":"2","c":""}})",
         "too many annotations: 3 (limit: 2)"},
        {R"({"labels":{"abcde":"1"}})", "label name too long: 5 bytes (limit: 4)"},
        {R"({"labels":{"a":"1234567"}})", R"(value of label \"a\" too long: 7 bytes (limit: 6))"},
        {R"({"labels":{"a":"1"},"annotations":{"abcde":""}})", "annotation name too long: 5 bytes (limit: 4)"
        },
        {R"({"labels":{"a":"1"},"annotations":{"b":"1234567"}})",
         R"(value of annotation \"b\" too long: 7 bytes (limit: 6))"},
        {R"({"labels":{"a":"1"},"generatorURL":"/234567"})", "generatorURL too long: 7 bytes (limit: 6)"},
    };

    for (auto const& row : rows) {
        INFO(row.alert);
        std::string const body =
            R"([{"labels":{"a":"1"}},)" + std::string(row.alert) + R"(,{"labels":{"a":"2"}}])";
        auto const v2 = post(body);
        CHECK(v2.status == 400);
        CHECK(v2.body == "\"" + std::string(row.says) + "\"\n");
        CHECK(v2.taken == 2);
        CHECK(post(body, api_version::v1).status == 400);
        CHECK(post(body, api_version::v1).taken == 2);
    }
}

TEST_CASE("labels without a value do not count, as they are dropped", "[limits]") {
    CHECK(post(R"([{"labels":{"a":"1","b":"2","c":"","d":null}}])").taken == 1);
}

TEST_CASE("a body with too many alerts is refused whole", "[limits]") {
    std::string const body =
        R"([{"labels":{"a":"1"}},{"labels":{"a":"2"}},{"labels":{"a":"3"}},{"labels":{"a":"4"}}])";
    auto const v2 = post(body);
    CHECK(v2.status == 413);
    CHECK(v2.body == R"x({"code":413,"message":"too many alerts: 4 in one body (limit: 3)"})x");
    CHECK(v2.taken == 0);
    auto const v1 = post(body, api_version::v1);
    CHECK(v1.status == 413);
    CHECK(
        v1.body ==
        R"x({"status":"error","errorType":"bad_data","error":"too many alerts: 4 in one body (limit: 3)"})x"
    );
    CHECK(
        webhook_faults(R"({"version":"4","alerts":)" + body + "}") ==
        std::vector<std::string>{"alerts: too many: 4 in one body (limit: 3)"}
    );
}

TEST_CASE("the limits hold for webhook messages, too", "[limits]") {
    CHECK(
        webhook_faults(
            R"({"version":"4","alerts":[{"status":"firing","labels":{"abcde":"1"}},{"status":"firing","labels":{"a":"1"}},)"
            R"({"status":"firing","labels":{"a":"1"},"generatorURL":"http://long"}]})"
        ) ==
        std::vector<std::string>{
            "alerts[0]: label name too long: 5 bytes (limit: 4)",
            "alerts[2].generatorURL: too long: 11 bytes (limit: 6)"
        }
    );
}

TEST_CASE("the zone in which a time was written is kept, and the moment is the same", "[zones]") {
    alertmanager::alert_decoder decoder;
    std::string const bytes = padded(
        R"([{"labels":{"a":"1"},"startsAt":"2026-01-01T02:00:00+02:00","endsAt":"2026-01-02T00:00:00-09:30"},)"
        R"({"labels":{"a":"2"},"startsAt":"2025-12-31T00:00:00Z"},)"
        R"({"labels":{"a":"3"},"endsAt":"2026-01-01T05:30:00+05:30"}])"
    );
    std::string_view const body = std::string_view(bytes).substr(0, bytes.size() - http::body_padding);
    auto const read = decoder.decode(api_version::v2, body, now());
    REQUIRE(read.notices.size() == 3);
    CHECK(read.notices[0].starts_at == now());
    CHECK(read.notices[0].starts_zone == 120);
    CHECK(read.notices[0].ends_zone == -570);
    CHECK(read.notices[1].starts_zone == 0);
    CHECK(read.notices[1].ends_zone == 0);
    CHECK(read.notices[2].ends_at == now());
    CHECK(read.notices[2].starts_zone == 330); // it starts when it ends

    webhook::webhook_decoder webhooks;
    std::string const message = padded(
        R"({"version":"4","alerts":[{"status":"resolved","labels":{"a":"1"},"startsAt":"2026-01-01T02:00:00+02:00",)"
        R"("endsAt":"2026-01-01T00:00:00-01:00"}]})"
    );
    auto const told =
        webhooks.decode(std::string_view(message).substr(0, message.size() - http::body_padding));
    REQUIRE(told.notices.size() == 1);
    CHECK(told.notices[0].starts_zone == 120);
    CHECK(told.notices[0].ends_zone == -60);
}
