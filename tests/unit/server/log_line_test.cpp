#include "operate_samples.hpp"
#include "server/log/line.hpp"
#include "support/catch.hpp"

#include <limits>

using namespace autoscaler::server;
using samples::nine;

namespace {

std::string logfmt(std::initializer_list<log::field> fields, std::string_view message = "hello") {
    return log::to_line(log::format::logfmt, nine, log::level::info, message, fields);
}

std::string json(std::initializer_list<log::field> fields, std::string_view message = "hello") {
    return log::to_line(log::format::json, nine, log::level::info, message, fields);
}

} // namespace

TEST_CASE("a logfmt line has time, level, message and the fields in their order", "[log]") {
    CHECK(
        logfmt(
            {{"service", "hosp_patient"}, {"from", 2}, {"to", std::uint64_t{3}}, {"dry", true}}, "scaled"
        ) == "ts=2026-11-20T09:00:00.000Z level=info msg=scaled service=hosp_patient from=2 to=3 dry=true"
    );
}

TEST_CASE("a JSON line has the same, with numbers and truths as such", "[log]") {
    CHECK(
        json({{"service", "hosp_patient"}, {"from", -2}, {"dry", false}}, "scaled") ==
        R"({"ts":"2026-11-20T09:00:00.000Z","level":"info","msg":"scaled","service":"hosp_patient","from":-2,"dry":false})"
    );
}

TEST_CASE("logfmt quotes what would not read back", "[log]") {
    std::string const head = "ts=2026-11-20T09:00:00.000Z level=info msg=hello ";
    CHECK(logfmt({{"k", ""}}) == head + R"(k="")");
    CHECK(logfmt({{"k", "two words"}}) == head + R"(k="two words")");
    CHECK(logfmt({{"k", "a=b"}}) == head + R"(k="a=b")");
    CHECK(logfmt({{"k", "say \"x\""}}) == head + R"(k="say \"x\"")");
    CHECK(logfmt({{"k", "C:\\x"}}) == head + R"(k="C:\\x")");
    CHECK(logfmt({{"k", "größe"}}) == head + "k=größe");
    CHECK(logfmt({{"k", "unix:///run/docker.sock"}}) == head + "k=unix:///run/docker.sock");
}

TEST_CASE("no value can make a second line", "[log]") {
    auto const as = GENERATE(log::format::logfmt, log::format::json);
    log::field const fields[] = {{"k", "x\nts=2026 level=error msg=forged\r\n\xE2\x80\xA8\x1b[2J\xFF"}};
    auto const line = log::to_line(as, nine, log::level::warn, "a\nb", fields);
    CHECK(line.find_first_of("\r\n\x1b") == std::string::npos);
    CHECK(line.find("\xE2\x80\xA8") == std::string::npos);
    CHECK(line.find("\xFF") == std::string::npos);
    CHECK(line.find(R"(x\nts=2026 level=error msg=forged\r\n\u2028\u001b[2J)") != std::string::npos);
}

TEST_CASE("the widest numbers are written whole", "[log]") {
    CHECK(
        json(
            {{"a", std::numeric_limits<std::int64_t>::min()}, {"b", std::numeric_limits<std::uint64_t>::max()}
            }
        ) ==
        R"({"ts":"2026-11-20T09:00:00.000Z","level":"info","msg":"hello","a":-9223372036854775808,"b":18446744073709551615})"
    );
}

TEST_CASE("levels and formats have the names of the flags", "[log]") {
    CHECK(log::level_of("debug") == log::level::debug);
    CHECK(log::level_of("error") == log::level::error);
    CHECK_FALSE(log::level_of("warning"));
    CHECK_FALSE(log::level_of(""));
    CHECK(log::format_of("json") == log::format::json);
    CHECK_FALSE(log::format_of("JSON"));
}
