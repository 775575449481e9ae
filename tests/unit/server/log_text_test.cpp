#include "server/text/time.hpp"
#include "server/text/utf8.hpp"
#include "support/catch.hpp"

using namespace autoscaler;
using namespace autoscaler::server;
using namespace std::chrono_literals;

namespace {

policy::time_point at(std::int64_t milliseconds) {
    return policy::time_point(policy::duration(milliseconds));
}

std::string quoted(std::string_view text) {
    std::string out;
    text::append_quoted(out, text);
    return out;
}

} // namespace

TEST_CASE("a time shows in UTC with milliseconds, whatever it is", "[text]") {
    CHECK(text::to_rfc3339(at(0)) == "1970-01-01T00:00:00.000Z");
    CHECK(text::to_rfc3339(at(1795165200123)) == "2026-11-20T09:00:00.123Z");
    CHECK(text::to_rfc3339(at(-1)) == "1969-12-31T23:59:59.999Z");
    CHECK(text::to_rfc3339(at(951782400000)) == "2000-02-29T00:00:00.000Z");
    CHECK(text::to_rfc3339(policy::time_point::max()) == "9999-12-31T23:59:59.999Z");
    CHECK(text::to_rfc3339(policy::time_point::min()) == "0000-01-01T00:00:00.000Z");
}

TEST_CASE("RFC 3339 is read with and without fraction, in any zone", "[text]") {
    CHECK(text::parse_rfc3339("2026-11-20T09:00:00Z") == at(1795165200000));
    CHECK(text::parse_rfc3339("2026-11-20T09:00:00.5Z") == at(1795165200500));
    CHECK(text::parse_rfc3339("2026-11-20T09:00:00.123999999Z") == at(1795165200123));
    CHECK(text::parse_rfc3339("2026-11-20T10:30:00+01:30") == at(1795165200000));
    CHECK(text::parse_rfc3339("2026-11-20T04:00:00-05:00") == at(1795165200000));
    CHECK(text::parse_rfc3339("2024-02-29T00:00:00Z").has_value());
    CHECK(text::parse_rfc3339("0000-01-01T00:00:00Z").has_value());
}

TEST_CASE("what is no RFC 3339 is no time", "[text]") {
    auto const text = GENERATE(
        "",
        "2026",
        "2026-11-20",
        "2026-11-20T09:00:00",
        "2026-11-20 09:00:00Z",
        "2026-11-20T09:00Z",
        "2026-11-20T09:00:00.Z",
        "2026-11-20T09:00:00Zx",
        "2026-11-20T09:00:00+0100",
        "2026-11-20T09:00:00+24:00",
        "2026-11-20T09:00:00+01:60",
        "2026-11-20T24:00:00Z",
        "2026-11-20T09:60:00Z",
        "2026-11-20T09:00:60Z",
        "2026-02-29T09:00:00Z",
        "2026-13-01T09:00:00Z",
        "2026-00-01T09:00:00Z",
        "+026-11-20T09:00:00Z",
        "99999-11-20T09:00:00Z"
    );
    CAPTURE(text);
    CHECK_FALSE(text::parse_rfc3339(text));
}

TEST_CASE("text is quoted as JSON", "[text]") {
    CHECK(quoted("plain") == R"("plain")");
    CHECK(quoted("a \"b\" \\ c") == R"("a \"b\" \\ c")");
    CHECK(quoted("one\ntwo\r\tthree") == R"("one\ntwo\r\tthree")");
    CHECK(quoted(std::string_view("\0\x1b[31m\x7f", 7)) == R"("\u0000\u001b[31m\u007f")");
    CHECK(quoted("größe 你好 🚀") == R"("größe 你好 🚀")");
}

TEST_CASE("characters that a terminal obeys are escaped, also beyond ASCII", "[text]") {
    CHECK(quoted("\xC2\x9B") == R"("\u009b")");
    CHECK(quoted("\xE2\x80\xA8") == R"("\u2028")");
    CHECK(quoted("\xE2\x80\xAE") == R"("\u202e")");
}

TEST_CASE("bytes that are no UTF-8 become the replacement character, one for each", "[text]") {
    CHECK(quoted("a\xFFz") == "\"a\xEF\xBF\xBDz\"");
    CHECK(quoted("\xC3") == "\"\xEF\xBF\xBD\"");
    CHECK(quoted("\xC0\x80") == "\"\xEF\xBF\xBD\xEF\xBF\xBD\"");                 // overlong
    CHECK(quoted("\xED\xA0\x80") == "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\""); // a surrogate
    CHECK_FALSE(text::is_utf8("\xF4\x90\x80\x80"));                              // above U+10FFFF
    CHECK_FALSE(text::is_utf8("\xE0\x80\xAF"));
    CHECK_FALSE(text::is_utf8("\xF8\x88\x80\x80\x80"));
    CHECK(text::is_utf8("\xF4\x8F\xBF\xBF"));
}

TEST_CASE("a long text in quotes is cut at a character", "[text]") {
    CHECK(text::in_quotes("short") == R"("short")");
    CHECK(text::in_quotes(std::string(80, 'x')) == '"' + std::string(80, 'x') + '"');
    CHECK(text::in_quotes(std::string(81, 'x')) == '"' + std::string(80, 'x') + "...\"");
    CHECK(text::in_quotes(std::string(79, 'x') + "ßß") == '"' + std::string(79, 'x') + "ß...\"");
}
