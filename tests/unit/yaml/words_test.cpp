// The small readers: durations, clocks, spelling.
#include "policy/yaml/duration.hpp"
#include "policy/yaml/scalars.hpp"
#include "policy/yaml/spelling.hpp"
#include "policy/yaml/test_time.hpp"
#include "support/catch.hpp"

#include <array>

using namespace std::chrono_literals;

namespace autoscaler::policy::tests {

namespace {

duration good(std::string_view text) {
    auto const parsed = yaml::parse_duration(text);
    REQUIRE(std::holds_alternative<duration>(parsed));
    return std::get<duration>(parsed);
}

bool is_bad(std::string_view text) {
    return std::holds_alternative<std::string>(yaml::parse_duration(text));
}

} // namespace

TEST_CASE("durations are read as Prometheus reads them", "[words]") {
    CHECK(good("0") == 0ms);
    CHECK(good("0s") == 0ms);
    CHECK(good("500ms") == 500ms);
    CHECK(good("1h30m") == 90min);
    CHECK(good("1y1w1d1h1m1s1ms") == 365 * 24h + 7 * 24h + 24h + 1h + 1min + 1s + 1ms);
    CHECK(good("292y") == 292 * 365 * 24h);
}

TEST_CASE("what is no duration is refused", "[words]") {
    auto const text = GENERATE(
        as<std::string>{},
        "",
        "s",
        "60",
        "1.5h",
        "1s1m",
        "1m1m",
        "-5s",
        "5 m",
        "5M",
        "5min",
        "1h ",
        "h1",
        "1e3s",
        "0x5s"
    );
    CAPTURE(text);
    CHECK(is_bad(text));
}

TEST_CASE("a duration never overflows", "[words]") {
    CHECK(is_bad("293y"));
    CHECK(is_bad("292y365d"));
    CHECK(is_bad("9223372036854775807y"));
    CHECK(is_bad("99999999999999999999999999ms"));
    CHECK(good("9223372036854ms") == yaml::max_duration);
    CHECK(is_bad("9223372036855ms"));
}

TEST_CASE("a duration is written as it is read", "[words]") {
    auto const text = GENERATE(as<std::string>{}, "0s", "1ms", "90d", "1h30m", "4h30m15s20ms");
    CHECK(yaml::to_text(good(text)) == text);
}

TEST_CASE("times of tests may lie in the past", "[words]") {
    CHECK(std::get<duration>(yaml::parse_offset("-90s")) == -90s);
    CHECK(std::get<duration>(yaml::parse_offset("-0s")) == 0s);
    CHECK(std::holds_alternative<std::string>(yaml::parse_offset("--1s")));
}

TEST_CASE("a clock is a moment in RFC 3339", "[words]") {
    using namespace std::chrono;
    auto const eight = time_point(sys_days(2026y / 3 / 2) + 8h);
    CHECK(yaml::parse_clock("2026-03-02T08:00:00Z") == eight);
    CHECK(yaml::parse_clock("2026-03-02T10:30:00+02:30") == eight);
    CHECK(yaml::parse_clock("2026-03-02T08:00:00.25Z") == eight + 250ms);
    CHECK(yaml::parse_clock("2024-02-29T00:00:00Z").has_value());
    auto const bad = GENERATE(
        as<std::string>{},
        "",
        "2026-03-02",
        "2026-03-02T08:00:00",
        "2026-03-02 08:00:00Z",
        "2026-02-29T08:00:00Z",
        "2026-13-02T08:00:00Z",
        "2026-03-02T24:00:00Z",
        "2026-03-02T08:00:00+2:00",
        "2026-03-02T08:00:00.1234Z",
        "2026-03-02T08:00:00Zx"
    );
    CAPTURE(bad);
    CHECK_FALSE(yaml::parse_clock(bad).has_value());
}

TEST_CASE("the nearest word is suggested, a far one is not", "[words]") {
    std::array<std::string_view, 3> const words{"cooldown", "min", "max"};
    CHECK(yaml::nearest("cool_down", words) == "cooldown");
    CHECK(yaml::nearest("mx", words) == "max");
    CHECK(yaml::nearest("maxx", words) == "max");
    CHECK_FALSE(yaml::nearest("replicas", words).has_value());
    CHECK_FALSE(yaml::nearest(std::string(1'000'000, 'm'), words).has_value());
    CHECK_FALSE(yaml::nearest("x", {}).has_value());
}

TEST_CASE("bare words that YAML takes for something else are no names", "[words]") {
    auto const trap = GENERATE(
        as<std::string>{},
        "true",
        "No",
        "ON",
        "off",
        "~",
        "null",
        "Null",
        "",
        "12",
        "010",
        "0x1F",
        "-1.5",
        "1e3",
        ".inf"
    );
    CAPTURE(trap);
    CHECK_FALSE(yaml::name_trap(trap).empty());
    auto const name =
        GENERATE(as<std::string>{}, "y", "n", "web", "5xx", "on_call", "1.2.3", "infinite", "nan", "e3", "-");
    CAPTURE(name);
    CHECK(yaml::name_trap(name).empty());
}

} // namespace autoscaler::policy::tests
