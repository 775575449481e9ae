#include "server/alertmanager/go_time.hpp"
#include "support/catch.hpp"

using namespace autoscaler::server::alertmanager;

namespace {

struct row {
    std::string text;
    std::int64_t seconds = 0;
    std::int32_t nanoseconds = 0;
};

struct fault {
    std::string text;
    std::string error;
};

} // namespace

TEST_CASE("the common form of a time is read without the slow path") {
    for (auto const& [text, seconds, nanoseconds] : {
             row{"1970-01-01T00:00:00Z", 0, 0},
             row{"2026-01-02T03:04:05Z", 1767323045, 0},
             row{"2026-01-02T03:04:05.1Z", 1767323045, 100'000'000},
             row{"2026-01-02T03:04:05.123456789Z", 1767323045, 123'456'789},
             row{"2026-01-02T03:04:05+02:00", 1767315845, 0},
             row{"2026-01-02T03:04:05.5-00:30", 1767324845, 500'000'000},
             row{"2024-02-29T00:00:00Z", 1709164800, 0},
             row{"0001-01-01T00:00:00Z", -62135596800, 0},
             row{"0000-01-01T00:00:00Z", -62167219200, 0},
             row{"9999-12-31T23:59:59.999999999Z", 253402300799, 999'999'999},
         }) {
        INFO(text);
        instant when;
        REQUIRE(read_rfc3339(text, when));
        CHECK(when == instant{seconds, nanoseconds});
        CHECK(read_v2_time(text).when == when);
        CHECK(read_v1_time('"' + text + '"').when == when);
    }
}

TEST_CASE("API v2 reads the other forms that Alertmanager reads") {
    for (auto const& [text, seconds, nanoseconds] : {
             row{"", 0, 0},
             row{"2026-01-02T03:04:05", 1767323045, 0},
             row{"2026-01-02 03:04:05", 1767323045, 0},
             row{"2026-01-02  03:04:05.5", 1767323045, 500'000'000},
             row{"2026-01-02T3:04:05Z", 1767323045, 0},
             row{"2026-01-02T03:04:05,5Z", 1767323045, 500'000'000},
             row{"2026-01-02T03:04:05.1234567891234Z", 1767323045, 123'456'789},
             row{"2026-01-02T03:04Z", 1767323040, 0},
             row{"2026-01-02T03:04", 1767323040, 0},
             row{"2026-01-02T03:04:05.123+0200", 1767315845, 123'000'000},
             row{"2026-01-02T03:04:05.123456-0200", 1767330245, 123'456'000},
             row{"2026-01-02T03:04:05+25:00", 1767233045, 0},
         }) {
        INFO(text);
        auto const read = read_v2_time(text);
        CHECK(read.error.empty());
        CHECK(read.when == instant{seconds, nanoseconds});
    }
}

TEST_CASE("API v2 refuses a time in Go's words") {
    std::string const as = " as \"2006-01-02 15:04:05\": cannot parse ";
    for (auto const& [text, error] : {
             fault{"yesterday", as + R"("yesterday" as "2006")"},
             fault{"2026-01-02", as + R"("" as "15")"},
             fault{"2026-01-02T03:04:05+0200", as + R"("T03:04:05+0200" as " ")"},
             fault{"2026-01-02T03:04:05.12+0200", as + R"("T03:04:05.12+0200" as " ")"},
             fault{"2026-01-02t03:04:05Z", as + R"("t03:04:05Z" as " ")"},
             fault{"2026-01-02T03:04:05z", as + R"("T03:04:05z" as " ")"},
             fault{"2026-01-02T03:04:05+1:00", as + R"("T03:04:05+1:00" as " ")"},
             fault{"2026-01-02 03:04:05Z", R"(: extra text: "Z")"},
             fault{"2026-13-02T03:04:05Z", ": month out of range"},
             fault{"2026-00-10T00:00:00Z", ": month out of range"},
             fault{"2026-02-30T00:00:00Z", as + R"("T00:00:00Z" as " ")"},
             fault{"2026-02-30 00:00:00", ": day out of range"},
             fault{"2026-01-02 24:00:00", ": hour out of range"},
             fault{"2026-12-31T23:59:60Z", as + R"("T23:59:60Z" as " ")"},
             fault{"10000-01-01T00:00:00Z", as + R"("0-01-01T00:00:00Z" as "-")"},
             fault{"20x6-01-01T00:00:00Z", as + R"("-01-01T00:00:00Z" as "2006")"},
             fault{"2026-1-02T00:00:00Z", as + R"("1-02T00:00:00Z" as "01")"},
         }) {
        INFO(text);
        CHECK(read_v2_time(text).error == "parsing time \"" + text + "\"" + error);
    }
    CHECK(
        read_v2_time("\xC3\xA9\x01\"x").error ==
        R"(parsing time "\xc3\xa9\x01\"x" as "2006-01-02 15:04:05": cannot parse "\xc3\xa9\x01\"x" as "2006")"
    );
}

TEST_CASE("API v1 reads RFC 3339 alone") {
    std::string const layout = R"( as "\"2006-01-02T15:04:05Z07:00\"": cannot parse )";
    CHECK(read_v1_time("\"\"").error == R"(parsing time "\"\"")" + layout + R"("\"" as "2006")");
    CHECK(
        read_v1_time("\"2026-01-02T03:04:05\"").error ==
        R"(parsing time "\"2026-01-02T03:04:05\"")" + layout + R"("\"" as "Z07:00")"
    );
    CHECK(read_v1_time("true").error == R"(parsing time "true")" + layout + R"("true" as "\"")");
    CHECK(
        read_v1_time("\"2026-02-29T00:00:00Z\"").error ==
        R"(parsing time "\"2026-02-29T00:00:00Z\"": day out of range)"
    );
}

TEST_CASE("only the zero time means not said, and milliseconds are rounded down") {
    CHECK(read_v2_time("0001-01-01T00:00:00.000Z").when.is_zero());
    CHECK_FALSE(read_v2_time("0001-01-01T00:00:01Z").when.is_zero());
    CHECK_FALSE(read_v2_time("").when.is_zero());
    CHECK(read_v2_time("1969-12-31T23:59:59.9999Z").when.rounded_down().time_since_epoch().count() == -1);
}

TEST_CASE("no text of any length or content is read beyond its end") {
    std::string const good = "2026-01-02T03:04:05.123456789+02:00";
    for (std::size_t length = 0; length <= good.size(); ++length)
        for (char const c : {'\0', '9', '.', '+', 'Z', '\xFF'}) {
            std::string text = good.substr(0, length);
            text += c;
            auto const read = read_v2_time(text); // the sanitizers watch
            CHECK((read.error.empty() || read.error.starts_with("parsing time ")));
        }
}
