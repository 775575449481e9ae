// Bodies of POST /api/v2/silences, and the list of silences.
#include "server/alertmanager/silence_decoder.hpp"
#include "server/alertmanager/silence_list.hpp"
#include "support/catch.hpp"
#include "support/core_values.hpp"

using namespace autoscaler;
using namespace autoscaler::server::alertmanager;
using policy::testing::must_match;
using policy::testing::t0;
using namespace std::chrono_literals;

namespace {

decoded_silence decode(std::string body, server::shared::silence_limits const& limits = {}) {
    std::size_t const size = body.size();
    body.append(server::http::body_padding, '\0');
    return decode_silence(std::string_view(body).substr(0, size), limits);
}

// A good body, one field of which is `field` instead.
std::string with(std::string_view name, std::string_view field) {
    std::pair<std::string_view, std::string_view> const fields[] = {
        {"matchers", R"("matchers":[{"name":"a","value":"b","isRegex":false}])"},
        {"startsAt", R"("startsAt":"2026-01-01T00:00:00Z")"},
        {"endsAt", R"("endsAt":"2026-01-01T01:00:00.5+01:00")"},
        {"createdBy", R"("createdBy":"ann")"},
        {"comment", R"("comment":"c")"},
    };
    std::string body = "{";
    for (auto const& [key, good] : fields) {
        std::string_view const chosen = key == name ? field : good;
        if (!chosen.empty())
            body.append(body.size() > 1 ? "," : "").append(chosen);
    }
    return body + "}";
}

policy::silence silence_of(std::string id, policy::time_point from, policy::time_point to) {
    return {std::move(id), {must_match("a=b")}, from, to, from, "ann", "c"};
}

std::vector<std::string> ids_in(std::string const& list) {
    std::vector<std::string> ids;
    constexpr std::string_view key = R"({"id":")";
    for (std::size_t at = list.find(key); at != std::string::npos; at = list.find(key, at + 1))
        ids.push_back(list.substr(at + key.size(), list.find('"', at + key.size()) - at - key.size()));
    return ids;
}

} // namespace

TEST_CASE("a silence is read with all that it says", "[silence]") {
    auto const read = decode(
        R"({"id":"x","Comment":"\u00e9","createdBy":"ann","STARTSAT":"2026-01-01T00:00:00.123456Z",)"
        R"("endsAt":"2026-01-01T01:00:00.5+01:00","unknown":[1],"matchers":[)"
        R"({"name":"a","value":"1","isRegex":false},{"name":"b","value":"2","isRegex":true,"isEqual":true},)"
        R"({"name":"größe","value":"3","isRegex":false,"isEqual":false},)"
        R"({"name":"d","value":"4","isRegex":true,"isEqual":false},{"name":"e","value":"5","isRegex":false,"isEqual":null}]})"
    );
    CHECK(read.refusal.status == 200);
    CHECK(read.matcher_fault.empty());
    CHECK(read.draft.id == "x");
    CHECK(read.draft.comment == "é");
    CHECK(read.draft.created_by == "ann");
    CHECK(read.draft.starts_at == t0 + 123ms);
    CHECK(read.draft.ends_at == t0 + 500ms);
    std::vector<std::string> matchers;
    for (auto const& each : read.draft.matchers)
        matchers.push_back(each.text());
    CHECK(
        matchers ==
        std::vector<std::string>{R"(a="1")", R"(b=~"2")", R"(größe!="3")", R"(d!~"4")", R"(e="5")"}
    );
}

TEST_CASE("what a silence lacks is told in Alertmanager's order", "[silence]") {
    auto const says = [](std::string const& body) {
        auto const read = decode(body);
        CHECK(read.refusal.status == 422);
        return read.refusal.body;
    };
    auto const missing = [](std::string const& what) {
        return R"({"code":602,"message":")" + what + R"( in body is required"})";
    };
    CHECK(says("") == missing("silence"));
    CHECK(says("{}") == missing("comment"));
    CHECK(says("null") == missing("comment"));
    CHECK(says(R"({"comment":"c"})") == missing("createdBy"));
    CHECK(says(R"({"comment":"c","createdBy":"a"})") == missing("endsAt"));
    CHECK(says(with("matchers", "")) == missing("matchers"));
    CHECK(says(with("matchers", R"("matchers":null)")) == missing("matchers"));
    CHECK(says(with("startsAt", R"("startsAt":null)")) == missing("startsAt"));
    CHECK(says(with("matchers", R"("matchers":[{}])")) == missing("matchers.0.isRegex"));
    CHECK(says(with("matchers", R"("matchers":[null])")) == missing("matchers.0"));
    CHECK(
        says(with("matchers", R"("matchers":[{"name":"a","value":"b","isRegex":true},{"isRegex":true}])")) ==
        missing("matchers.1.name")
    );
    CHECK(
        says(with("matchers", R"("matchers":[])")) ==
        R"({"code":612,"message":"matchers in body should have at least 1 items"})"
    );
}

TEST_CASE("values of the wrong type are told in Go's words, times before the rest", "[silence]") {
    auto const says = [](std::string const& body) {
        auto const read = decode(body);
        CHECK(read.refusal.status == 400);
        constexpr std::string_view before =
            R"({"code":400,"message":"parsing silence body from \"\" failed, because )";
        CHECK(read.refusal.body.starts_with(before));
        return read.refusal.body.substr(before.size(), read.refusal.body.size() - before.size() - 2);
    };
    std::string const into = "json: cannot unmarshal ";
    CHECK(says("hello") == "invalid character 'h' looking for beginning of value");
    CHECK(
        says("7") ==
        into + R"(number into Go value of type struct { ID string \"json:\\\"id,omitempty\\\"\" })"
    );
    CHECK(says(R"({"id":1,"comment":2})") == into + "number into Go struct field .id of type string");
    CHECK(says(R"({"comment":{}})") == into + "object into Go struct field Silence.comment of type string");
    CHECK(
        says(R"({"matchers":"x"})") ==
        into + "string into Go struct field Silence.matchers of type models.Matchers"
    );
    CHECK(
        says(R"({"matchers":[true]})") ==
        into + "bool into Go struct field Silence.matchers of type models.Matcher"
    );
    CHECK(
        says(R"({"matchers":[{"name":[]}]})") ==
        into + "array into Go struct field Matcher.matchers.name of type string"
    );
    CHECK(
        says(R"({"comment":1,"endsAt":2})") ==
        into + "number into Go struct field Silence.endsAt of type string"
    );
    CHECK(says(R"({"comment":1,"endsAt":"soon"})").starts_with(R"(parsing time \"soon\")"));
}

TEST_CASE(
    "the first matcher that is none is told, and kept back until times and id are judged", "[silence]"
) {
    auto const fault_of = [](std::string_view matchers, server::shared::silence_limits const& limits = {}) {
        auto const read = decode(with("matchers", R"("matchers":)" + std::string(matchers)), limits);
        CHECK(read.refusal.status == 200);
        return read.matcher_fault;
    };
    CHECK(
        fault_of(R"([{"name":"a","value":"b","isRegex":false},{"name":"","value":"b","isRegex":false}])") ==
        R"(silence invalid: invalid label matcher 1: invalid label name "")"
    );
    CHECK(
        fault_of(R"([{"name":"a","value":"(","isRegex":true}])") ==
        R"(silence invalid: invalid label matcher 0: invalid regular expression "(": error parsing regexp: missing closing ): `(`)"
    );
    CHECK(
        fault_of(
            R"([{"name":"a","value":"b","isRegex":true},{"name":"a","value":"b","isRegex":true}])",
            {.matchers = 1}
        ) == "silence invalid: exceeded maximum number of matchers: 2 (limit: 1)"
    );
    CHECK(
        fault_of(R"([{"name":"a","value":"bcd","isRegex":true}])", {.largest = 3}) ==
        "silence invalid: invalid label matcher 0: exceeded maximum size: 4 bytes (limit: 3 bytes)"
    );
}

TEST_CASE(
    "active silences come first, by their end, then pending ones, then those that are over", "[silence]"
) {
    std::vector<policy::silence> const all{
        silence_of("over-first", t0 - 3h, t0 - 2h),
        silence_of("later", t0 + 2h, t0 + 3h),
        silence_of("long", t0 - 1h, t0 + 9h),
        silence_of("over-last", t0 - 3h, t0),
        silence_of("soon", t0 + 1h, t0 + 9h),
        silence_of("short", t0, t0 + 1h),
    };
    auto const listed = [&](std::string_view query) {
        auto const read = read_silence_query(url_query(query));
        return ids_in(list_silences(all, std::get<silence_query>(read), t0));
    };
    using list = std::vector<std::string>;
    CHECK(listed("") == list{"short", "long", "soon", "later", "over-last", "over-first"});
    CHECK(listed("active=false&expired=no") == list{"soon", "later"});
    CHECK(listed("pending=0") == list{"short", "long", "over-last", "over-first"});
    CHECK(listed("filter=a%3Db").size() == 6);
    CHECK(listed("filter=a%3D~b").empty()); // it would match, but is not what they say
    CHECK(listed("filter=a%3Db&filter=c%3Dd").empty());
    CHECK(std::get<std::string>(read_silence_query(url_query("filter=x"))) == "bad matcher format: x");
}
