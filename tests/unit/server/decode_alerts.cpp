#include "server/alertmanager/alert_decoder.hpp"
#include "support/catch.hpp"

using namespace autoscaler;
using namespace autoscaler::server::alertmanager;

namespace {

// 2026-11-20T07:13:06Z.
policy::time_point const now(std::chrono::seconds(1795158786));

// A decoder, and a body with the room behind it that the decoder asks for.
struct fixture {
    decoded_alerts decode(std::string_view text, api_version version = api_version::v2, bool single = false) {
        body.assign(text);
        body.append(server::http::body_padding, '\x5D');
        return decoder.decode(version, std::string_view(body).substr(0, text.size()), now, single);
    }

    std::string v2_fault(std::string_view text) {
        std::string const start = R"({"code":400,"message":"parsing alerts body from \"\" failed, because )";
        auto const answer = decode(text).answer;
        CHECK(answer.status == 400);
        CHECK(answer.body.substr(0, start.size()) == start);
        return answer.body.size() < start.size() + 2
                   ? ""
                   : answer.body.substr(start.size(), answer.body.size() - start.size() - 2);
    }

    std::string v1_fault(std::string_view text) {
        std::string const start = R"({"status":"error","errorType":"bad_data","error":")";
        auto const answer = decode(text, api_version::v1).answer;
        CHECK(answer.status == 400);
        CHECK(answer.body.substr(0, start.size()) == start);
        return answer.body.size() < start.size() + 2
                   ? ""
                   : answer.body.substr(start.size(), answer.body.size() - start.size() - 2);
    }

    std::string body;
    alert_decoder decoder;
};

policy::time_point at(std::int64_t seconds) {
    return policy::time_point(std::chrono::seconds(seconds));
}

} // namespace

TEST_CASE_METHOD(fixture, "labels come sorted, unique, the last of a name, without empty ones") {
    auto const read =
        decode(R"([{"labels":{"z":"1","a":"2","z":"3","m":"","n":null},"annotations":{"b":"","a":null}}])");
    REQUIRE(read.notices.size() == 1);
    auto const& notice = read.notices.front();
    REQUIRE(notice.labels.size() == 2);
    CHECK(notice.labels[0] == policy::label{"a", "2"});
    CHECK(notice.labels[1] == policy::label{"z", "3"});
    REQUIRE(notice.annotations.size() == 2);
    CHECK(notice.annotations[0] == policy::label{"a", ""});
    CHECK(read.answer.status == 200);
    CHECK(read.answer.body.empty());
}

TEST_CASE_METHOD(fixture, "two maps of one name are merged in API v2, and the last one counts in API v1") {
    std::string const text = R"([{"labels":{"a":"1","b":"1"},"LABELS":{"b":"2"}}])";
    CHECK(decode(text).notices.front().labels.size() == 2);
    CHECK(decode(text, api_version::v1).notices.front().labels.size() == 1);
    CHECK(
        decode(R"([{"labels":{"a":"b"},"labels":null}])").answer.body ==
        R"({"code":602,"message":"0.labels in body is required"})"
    );
}

TEST_CASE_METHOD(fixture, "missing, null and zero times are not said; an empty time is 1970") {
    for (auto const* const text :
         {R"([{"labels":{"a":"b"}}])",
          R"([{"labels":{"a":"b"},"startsAt":null,"endsAt":null}])",
          R"([{"labels":{"a":"b"},"startsAt":"0001-01-01T00:00:00.000Z","endsAt":"0001-01-01T00:00:00Z"}])"
         }) {
        auto const read = decode(text);
        REQUIRE(read.notices.size() == 1);
        CHECK_FALSE(read.notices.front().starts_at);
        CHECK_FALSE(read.notices.front().ends_at);
    }
    auto const read = decode(R"([{"labels":{"a":"b"},"endsAt":""}])");
    CHECK(read.notices.front().ends_at == at(0));
}

TEST_CASE_METHOD(fixture, "the end is compared with the start as precisely as they are written") {
    auto const times = [&](std::string const& start, std::string const& end) {
        return decode(R"([{"labels":{"a":"b"},"startsAt":")" + start + R"(","endsAt":")" + end + "\"}]")
            .answer.status;
    };
    CHECK(times("2026-01-01T00:00:00.0002Z", "2026-01-01T00:00:00.0001Z") == 400);
    CHECK(times("2026-01-01T00:00:00.0002Z", "2026-01-01T00:00:00.0002Z") == 200);
    CHECK(times("2026-01-01T02:00:00+02:00", "2026-01-01T00:00:00Z") == 200);
}

TEST_CASE_METHOD(fixture, "a start without an end may lie at most the resolve timeout ahead") {
    CHECK(decode(R"([{"labels":{"a":"b"},"startsAt":"2026-11-20T07:18:06Z"}])").answer.status == 200);
    auto const late = decode(R"([{"labels":{"a":"b"},"startsAt":"2026-11-20T07:18:07Z"}])");
    CHECK(late.answer.body == "\"start time must be before end time\"\n");
    CHECK(late.refused.size() == 1);
}

TEST_CASE_METHOD(fixture, "of several faults the one is told that Alertmanager meets first") {
    CHECK(
        v2_fault(R"([{"labels":{"a":1},"annotations":{"b":2}}])") ==
        "json: cannot unmarshal number into Go struct field .annotations of type string"
    );
    CHECK(
        v2_fault(R"([{"annotations":{"b":2},"startsAt":"x"}])") ==
        R"(parsing time \"x\" as \"2006-01-02 15:04:05\": cannot parse \"x\" as \"2006\")"
    );
    CHECK(
        v2_fault(R"([{"labels":{"a":1},"generatorURL":1}])") ==
        "json: cannot unmarshal number into Go struct field Alert.generatorURL of type string"
    );
    CHECK(
        v2_fault(R"([{"generatorURL":"not a url","labels":{"a":"b"}},{"labels":[]}])") ==
        "json: cannot unmarshal array into Go struct field Alert.labels of type models.LabelSet"
    );
    CHECK(
        decode(R"([{"labels":null,"generatorURL":"x<"}])").answer.body ==
        R"({"code":601,"message":"0.generatorURL in body must be of type uri: \"x\u003c\""})"
    );
}

TEST_CASE_METHOD(fixture, "API v1 has words of its own") {
    CHECK(
        decode("", api_version::v1).answer.body ==
        R"({"status":"error","errorType":"bad_data","error":"EOF"})"
    );
    CHECK(v1_fault("{}") == "json: cannot unmarshal object into Go value of type []*types.Alert");
    CHECK(v1_fault(R"(["x"])") == "json: cannot unmarshal string into Go value of type types.Alert");
    CHECK(
        v1_fault(R"([5,{"labels":{"a":1}}])") ==
        "json: cannot unmarshal number into Go struct field Alert.labels of type model.LabelValue"
    );
    CHECK(
        v1_fault(R"([{"labels":[]}])") == "json: cannot unmarshal array into Go struct field Alert.labels of "
                                          "type map[model.LabelName]model.LabelValue"
    );
    CHECK(v1_fault(R"([{"annotations":{"":""}},{"labels":[]}])") == R"(\"\" is not a valid label name)");
    CHECK(v1_fault(R"([{"labels":{"":""}}])") == R"(\"\" is not a valid label name)");
    CHECK(v1_fault(R"([{"labels":{"a":"b"}},{"labels":{}}])") == "at least one label pair required");
    CHECK(decode("null", api_version::v1).answer.body == R"({"status":"success"})");
}

TEST_CASE_METHOD(fixture, "bodies that only Go takes are decoded like the rest") {
    CHECK(decode(R"([{"labels":{"a":"b"}}]xyz)").notices.size() == 1);
    CHECK(decode(R"([{"labels":{"a":"b"},"x":1e999}])").notices.size() == 1);
    CHECK(decode("[{\"labels\":{\"a\":\"x\xFF\"}}]").notices.front().labels[0].value == "x\xEF\xBF\xBD");
    CHECK(decode(R"([{"labels":{"a":"\ud800"}}])").notices.front().labels[0].value == "\xEF\xBF\xBD");
    // A NUL ends the body for some parsers: what stands behind it must not pass.
    CHECK(
        v2_fault(std::string_view("[\0]", 3)) == R"(invalid character '\\x00' looking for beginning of value)"
    );
    CHECK(decode(std::string_view("[]\0garbage", 10)).answer.status == 200);
}

TEST_CASE_METHOD(fixture, "nesting is limited where Go limits it, on the fast path too") {
    auto const nested = [](std::size_t depth) {
        return R"([{"labels":{"a":"b"},"x":)" + std::string(depth, '[') + "1" + std::string(depth, ']') +
               "}]";
    };
    CHECK(decode(nested(9998)).answer.status == 200);
    CHECK(v2_fault(nested(9999)) == "invalid character '[' exceeded max depth");
}

TEST_CASE_METHOD(fixture, "a single object is an alert only where that is asked for") {
    std::string const text = R"({"labels":{"a":"b"}})";
    CHECK(decode(text).unreadable);
    CHECK(decode(text, api_version::v2, true).notices.size() == 1);
    auto const ended = decode(R"({"status":"resolved","labels":{"a":"b"}})", api_version::v2, true);
    CHECK(ended.notices.front().ends_at == now);
}

TEST_CASE_METHOD(fixture, "every beginning of a body is refused without harm, and the decoder works on") {
    std::string const text =
        R"([{"labels":{"a":"\u00e9b"},"annotations":{"c":"d"},"startsAt":"2026-01-01T00:00:00Z"},)"
        R"({"labels":{"e":"f"},"generatorURL":"http://x/"}])";
    for (std::size_t length = 1; length < text.size(); ++length)
        CHECK(decode(text.substr(0, length)).unreadable);
    CHECK(decode(text).notices.size() == 2);
    decoder.trim();
    CHECK(decode(text).notices.size() == 2);
}

TEST_CASE_METHOD(fixture, "tables that grow while alerts are read keep every alert's labels") {
    std::string text = "[";
    for (int i = 0; i < 3000; ++i)
        text += std::string(i == 0 ? "" : ",") + R"({"labels":{"n":")" + std::to_string(i) + R"(","b":"c"}})";
    auto const read = decode(text + "]");
    REQUIRE(read.notices.size() == 3000);
    CHECK(policy::value_of(read.notices[0].labels, "n") == "0");
    CHECK(policy::value_of(read.notices[2999].labels, "n") == "2999");
    decoder.trim();
    CHECK(decode("[]").notices.empty());
}
