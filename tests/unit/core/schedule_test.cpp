#include "support/catch.hpp"
#include "unit/core/schedule_support.hpp"

using namespace autoscaler::policy;
using namespace autoscaler::policy::testing;
using namespace std::chrono_literals;

namespace {

std::string last(std::string_view expression, char const* now, std::string_view in = "UTC") {
    return text_of(cron(expression).last(at(now), zone(in)));
}

} // namespace

TEST_CASE("a cron expression that cannot be read says what is wrong", "[schedule]") {
    struct {
        std::string_view text;
        std::string_view why;
    } const rows[] = {
        {"", "expected 5 fields (minute hour day-of-month month day-of-week), got 0"},
        {"0 7 * *", "expected 5 fields (minute hour day-of-month month day-of-week), got 4"},
        {"0 0 7 * * 1-5",
         "expected 5 fields (minute hour day-of-month month day-of-week), got 6; there is no field for "
         "seconds "
         "or years"},
        {"CRON_TZ=UTC 0 7 * * *",
         "expected 5 fields (minute hour day-of-month month day-of-week), got 6; the time zone stands in `tz`"
        },
        {"@daily", "write \"0 0 * * *\" instead"},
        {"@weekly", "write \"0 0 * * 0\" instead"},
        {"@reboot", "expected 5 fields (minute hour day-of-month month day-of-week), got 1"},
        {"60 * * * *", "\"60\" is no minute: expected 0 to 59, or \"*\""},
        {"-1 * * * *", "\"-1\" is no minute: expected 0 to 59, or \"*\""},
        {"+1 * * * *", "\"+1\" is no minute: expected 0 to 59, or \"*\""},
        {"99999999999999999999 * * * *", "\"99999999999999999999\" is no minute: expected 0 to 59, or \"*\""},
        {"0 24 * * *", "\"24\" is no hour: expected 0 to 23, or \"*\""},
        {"0 0 0 * *", "\"0\" is no day of month: expected 1 to 31, or \"*\""},
        {"0 0 L * *", "\"L\" is no day of month: expected 1 to 31, or \"*\""},
        {"0 0 ? * 1", "\"?\" is no day of month: expected 1 to 31, or \"*\""},
        {"0 0 * 13 *", "\"13\" is no month: expected 1 to 12 or a name such as jan, or \"*\""},
        {"0 0 * january *", "\"january\" is no month: expected 1 to 12 or a name such as jan, or \"*\""},
        {"0 0 * * 8", "\"8\" is no day of week: expected 0 to 7 or a name such as sun, or \"*\""},
        {"0 0 * mon *", "\"mon\" is no month: expected 1 to 12 or a name such as jan, or \"*\""},
        {"1,,2 * * * *", "\"\" is no minute: expected 0 to 59, or \"*\""},
        {"1, * * * *", "\"\" is no minute: expected 0 to 59, or \"*\""},
        {"5- * * * *", "\"5-\" is no minute: expected 0 to 59, or \"*\""},
        {"1-2-3 * * * *", "\"1-2-3\" is no minute: expected 0 to 59, or \"*\""},
        {"0 22-2 * * *", "the range \"22-2\" of the hour wraps; write \"22-23,0-2\""},
        {"0 0 * nov-jan *", "the range \"nov-jan\" of the month wraps; write \"11-12,1\""},
        {"0 0 * * 6-1", "the range \"6-1\" of the day of week wraps; write \"6,0-1\""},
        {"*/0 * * * *", "the step of \"*/0\" is no whole number above 0"},
        {"*/x * * * *", "the step of \"*/x\" is no whole number above 0"},
        {"*/ * * * *", "the step of \"*/\" is no whole number above 0"},
        {"*/2/3 * * * *", "the step of \"*/2/3\" is no whole number above 0"},
        {"5/15 * * * *", "the step of \"5/15\" has no range; write \"5-59/15\""},
        {"*/60 * * * *", "the step of \"*/60\" is longer than its range \"0-59\""},
        {"0 0 30 2 *", "it can never come: no month that it names has such a day"},
        {"0 0 31 2,4,6,9,11 *", "it can never come: no month that it names has such a day"},
    };

    for (auto const& row : rows) {
        CAPTURE(row.text);
        CHECK(
            fault_of_cron(row.text) ==
            "bad cron expression \"" + std::string(row.text) + "\": " + std::string(row.why)
        );
    }
}

TEST_CASE("one time may be written in several ways", "[schedule]") {
    CHECK(cron("0 7 * * 1-5") == cron("00 07 * * MON-FRI"));
    CHECK(cron(" 0\t7  * * 1-5 ") == cron("0 7 * * mon,tue,wed,thu,fri"));
    CHECK(cron("0 0 * * 7") == cron("0 0 * * sun"));
    CHECK(cron("0 0 * * 5-7") == cron("0 0 * * fri-sun"));
    CHECK(cron("0 0 * * 5-7") == cron("0 0 * * 0,5,6"));
    CHECK(cron("*/20 * * * *") == cron("0,20,40 * * * *"));
    CHECK(cron("10-30/10 * * * *") == cron("10,20,30 * * * *"));
    CHECK(cron("0 0 * 1-3 *") == cron("0 0 * jan-Mar *"));
    CHECK_FALSE(cron("0 7 * * 1-5") == cron("0 7 * * 1-6"));
    CHECK(cron("0 7 * * 1-5").text() == "0 7 * * 1-5");
}

TEST_CASE("the last time is at or before now, to the minute", "[schedule]") {
    struct {
        std::string_view expression;
        char const* now;
        std::string_view last;
    } const rows[] = {
        {"* * * * *", "2026-03-02T07:00Z", "2026-03-02T07:00Z"},
        {"* * * * *", "2026-03-02T07:00:59Z", "2026-03-02T07:00Z"},
        {"0 7 * * *", "2026-03-02T07:00Z", "2026-03-02T07:00Z"},
        {"0 7 * * *", "2026-03-02T06:59:59Z", "2026-03-01T07:00Z"},
        {"0 7 * * 1-5", "2026-03-01T12:00Z", "2026-02-27T07:00Z"}, // a Sunday
        {"59 23 31 12 *", "2026-12-31T23:58Z", "2025-12-31T23:59Z"},
        {"0 0 31 * *", "2026-05-30T00:00Z", "2026-03-31T00:00Z"},
        {"0 0 30 * *", "2026-03-15T00:00Z", "2026-01-30T00:00Z"},
        {"0 0 29 2 *", "2028-02-28T23:59Z", "2024-02-29T00:00Z"},
        {"0 0 29 2 *", "2028-02-29T00:00Z", "2028-02-29T00:00Z"},
        {"0 0 29 2 *", "2104-02-28T00:00Z", "2096-02-29T00:00Z"}, // 2100 is no leap year
        {"*/7 3 * * *", "2026-03-02T12:00Z", "2026-03-02T03:56Z"},
        {"0 0 1 1 *", "1960-06-01T00:00Z", "1960-01-01T00:00Z"}, // before the epoch
    };

    for (auto const& row : rows) {
        CAPTURE(row.expression, row.now);
        CHECK(last(row.expression, row.now) == row.last);
    }
}

TEST_CASE("day of month and day of week both restricted: either suffices", "[schedule]") {
    // 2026-03-13 is a Friday.
    CHECK(last("0 0 13 * 5", "2026-03-12T00:00Z") == "2026-03-06T00:00Z"); // a Friday
    CHECK(last("0 0 13 * 5", "2026-04-14T00:00Z") == "2026-04-13T00:00Z"); // a Monday, the 13th
    CHECK(last("0 0 13 * *", "2026-04-12T00:00Z") == "2026-03-13T00:00Z");
    CHECK(last("0 0 * * 5", "2026-04-14T00:00Z") == "2026-04-10T00:00Z");
    // A step is a restriction; a lone `*` among others is none.
    CHECK(last("0 0 */10 * 5", "2026-03-12T00:00Z") == "2026-03-11T00:00Z");
    CHECK(last("0 0 1,* * 5", "2026-03-12T00:00Z") == "2026-03-06T00:00Z");
    // A day that no month has does not matter where a day of the week suffices.
    CHECK(last("0 0 30 2 5", "2026-03-12T00:00Z") == "2026-02-27T00:00Z");
}

TEST_CASE("a local time that does not exist is skipped", "[schedule]") {
    // Berlin: 2026-03-29, 02:00 becomes 03:00 at 01:00Z. New York: 2026-03-08 at 07:00Z.
    CHECK(last("30 2 * * *", "2026-03-29T12:00Z", "Europe/Berlin") == "2026-03-28T01:30Z");
    CHECK(last("0 2 * * *", "2026-03-29T12:00Z", "Europe/Berlin") == "2026-03-28T01:00Z");
    CHECK(last("0 3 * * *", "2026-03-29T12:00Z", "Europe/Berlin") == "2026-03-29T01:00Z");
    CHECK(last("59 1 * * *", "2026-03-29T12:00Z", "Europe/Berlin") == "2026-03-29T00:59Z");
    CHECK(last("30 2 * * *", "2026-03-08T12:00Z", "America/New_York") == "2026-03-07T07:30Z");
    CHECK(last("0 3 * * *", "2026-03-08T12:00Z", "America/New_York") == "2026-03-08T07:00Z");
    // Lord Howe: half an hour, 02:00 becomes 02:30 on 2026-10-04.
    CHECK(last("15 2 * * *", "2026-10-03T15:40Z", "Australia/Lord_Howe") == "2026-10-02T15:45Z");
    CHECK(last("30 2 * * *", "2026-10-03T15:40Z", "Australia/Lord_Howe") == "2026-10-03T15:30Z");
    // Samoa had no 2011-12-30 at all.
    CHECK(last("0 12 30 12 *", "2012-06-01T00:00Z", "Pacific/Apia") == "2010-12-30T22:00Z");
}

TEST_CASE("a local time that comes twice fires twice", "[schedule]") {
    // Berlin: 2026-10-25, 03:00 becomes 02:00 at 01:00Z.
    CHECK(last("30 2 * * *", "2026-10-25T00:29Z", "Europe/Berlin") == "2026-10-24T00:30Z");
    CHECK(last("30 2 * * *", "2026-10-25T00:30Z", "Europe/Berlin") == "2026-10-25T00:30Z");
    CHECK(last("30 2 * * *", "2026-10-25T01:29Z", "Europe/Berlin") == "2026-10-25T00:30Z");
    CHECK(last("30 2 * * *", "2026-10-25T01:30Z", "Europe/Berlin") == "2026-10-25T01:30Z");
    CHECK(last("0 3 * * *", "2026-10-25T01:59Z", "Europe/Berlin") == "2026-10-24T01:00Z");
    CHECK(last("0 3 * * *", "2026-10-25T02:00Z", "Europe/Berlin") == "2026-10-25T02:00Z");
    // New York: 2026-11-01, 02:00 becomes 01:00 at 06:00Z.
    CHECK(last("30 1 * * *", "2026-11-01T05:30Z", "America/New_York") == "2026-11-01T05:30Z");
    CHECK(last("30 1 * * *", "2026-11-01T06:29Z", "America/New_York") == "2026-11-01T05:30Z");
    CHECK(last("30 1 * * *", "2026-11-01T06:30Z", "America/New_York") == "2026-11-01T06:30Z");
    // Lord Howe: 2026-04-05, 02:00 becomes 01:30 at 15:00Z of the day before.
    CHECK(last("45 1 * * *", "2026-04-04T14:50Z", "Australia/Lord_Howe") == "2026-04-04T14:45Z");
    CHECK(last("45 1 * * *", "2026-04-04T15:14Z", "Australia/Lord_Howe") == "2026-04-04T14:45Z");
    CHECK(last("45 1 * * *", "2026-04-04T15:15Z", "Australia/Lord_Howe") == "2026-04-04T15:15Z");
}

TEST_CASE("a zone is found by its name, or not at all", "[schedule]") {
    CHECK(time_zone().name() == "UTC");
    CHECK(zone("UTC") == time_zone());
    CHECK(zone("Europe/Berlin").name() == "Europe/Berlin");
    CHECK_FALSE(zone("Europe/Berlin") == time_zone());
    for (auto const* name :
         {"", "Europe", "europe/berlin", "Mars/Olympus", "../../../etc/passwd", "CEST", "+02:00"}) {
        CAPTURE(name);
        CHECK_FALSE(time_zone::find(name));
    }
}

TEST_CASE("a window is active from its start to its end", "[schedule]") {
    auto const berlin = zone("Europe/Berlin");
    schedule_window const office{"office", cron("0 7 * * 1-5"), cron("0 19 * * 1-5"), berlin, 4, {}};
    CHECK_FALSE(active(office, at("2026-03-02T05:59:59Z"))); // a Monday; 06:59:59 in Berlin
    CHECK(active(office, at("2026-03-02T06:00Z")));
    CHECK(active(office, at("2026-03-02T17:59:59Z")));
    CHECK_FALSE(active(office, at("2026-03-02T18:00Z")));
    CHECK_FALSE(active(office, at("2026-03-07T10:00Z"))); // a Saturday

    schedule_window const night{"night", cron("0 22 * * *"), cron("0 6 * * *"), {}, {}, 2};
    CHECK(active(night, at("2026-03-02T23:00Z")));
    CHECK(active(night, at("2026-03-03T05:59Z")));
    CHECK_FALSE(active(night, at("2026-03-03T06:00Z")));
}

TEST_CASE("a window with a duration is active while its last start is younger than that", "[schedule]") {
    schedule_window const sale{"sale", cron("0 20 * * 5"), duration{4h}, {}, 10, {}};
    CHECK_FALSE(active(sale, at("2026-03-06T19:59:59Z"))); // a Friday
    CHECK(active(sale, at("2026-03-06T20:00Z")));
    CHECK(active(sale, at("2026-03-06T23:59:59Z")));
    CHECK_FALSE(active(sale, at("2026-03-07T00:00Z")));

    schedule_window const hours{"hours", cron("0 2 * * *"), duration{30min}, zone("Europe/Berlin"), 10, {}};
    CHECK(active(hours, at("2026-10-25T00:10Z"))); // 02:10, first time
    CHECK_FALSE(active(hours, at("2026-10-25T00:40Z")));
    CHECK(active(hours, at("2026-10-25T01:10Z")));       // 02:10, second time
    CHECK_FALSE(active(hours, at("2026-03-29T01:10Z"))); // 03:10; there was no 02:00
}

TEST_CASE("start and end at one moment: the end counts", "[schedule]") {
    schedule_window const odd{"odd", cron("0 */2 * * *"), cron("0 */4 * * *"), {}, 2, {}};
    CHECK_FALSE(active(odd, at("2026-03-02T04:30Z")));
    CHECK(active(odd, at("2026-03-02T06:30Z")));
}
