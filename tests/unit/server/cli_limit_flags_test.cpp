#include "server/cli/limit_flags.hpp"
#include "support/catch.hpp"

using namespace autoscaler::server::cli;
using namespace std::chrono_literals;

namespace {

command parse(std::vector<char const*> words) {
    words.insert(words.begin(), "swarm-autoscaler");
    return parse_command_line(static_cast<int>(words.size()), words.data(), {});
}

serve_options served(std::vector<char const*> const& words) {
    auto const result = parse(words);
    if (auto const* const refused = std::get_if<usage_error>(&result))
        FAIL(refused->text);
    return std::get<serve_options>(result);
}

std::string refusal(std::vector<char const*> const& words) {
    auto const result = parse(words);
    REQUIRE(std::holds_alternative<usage_error>(result));
    return std::get<usage_error>(result).text;
}

} // namespace

TEST_CASE("limits have the defaults that are documented with them", "[cli]") {
    auto const options = served({});
    CHECK(options.web.body == std::size_t{64} << 20U);
    CHECK(options.web.buffered == std::size_t{256} << 20U);
    CHECK(options.web.idle == 6min);
    CHECK(options.storage_path == "data/");
    CHECK(options.storage_retention == 120h);
    CHECK(options.web_config_file.empty());
}

TEST_CASE("each limit goes where it is meant to", "[cli]") {
    auto const options = served(
        {"--web.max-connections=7",
         "--web.max-header-bytes=2KiB",
         "--web.max-headers=20",
         "--web.max-body-bytes=3MiB",
         "--web.max-buffered-bytes=1GiB",
         "--web.read-timeout=1h",
         "--web.header-timeout=1s",
         "--web.body-timeout=2s",
         "--web.write-timeout=1m30s",
         "--web.config.file=web.yml",
         "--alerts.max-per-request=11",
         "--alerts.max-labels=12",
         "--alerts.max-label-name-length=13",
         "--alerts.max-label-value-length=14",
         "--alerts.max-nesting=15",
         "--alerts.max-memory=16MiB",
         "--silences.max-silences=17",
         "--silences.max-silence-size-bytes=1800",
         "--silences.max-matchers=19",
         "--storage.path=",
         "--storage.retention=24h"}
    );
    CHECK(options.web.connections == 7);
    CHECK(options.web.head == 2048);
    CHECK(options.web.fields == 20);
    CHECK(options.web.body == 3 * 1024 * 1024);
    CHECK(options.web.buffered == 1024 * 1024 * 1024);
    CHECK(options.web.idle == 1h);
    CHECK(options.web.time_to_head == 1s);
    CHECK(options.web.time_to_body == 2s);
    CHECK(options.web.time_to_answer == 90s);
    CHECK(options.web_config_file == "web.yml");
    CHECK(options.alerts.alerts == 11);
    CHECK(options.alerts.labels == 12);
    CHECK(options.alerts.name == 13);
    CHECK(options.alerts.value == 14);
    CHECK(options.alerts.nesting == 15);
    CHECK(options.alert_memory == 16 * 1024 * 1024);
    CHECK(options.silences.most == 17);
    CHECK(options.silences.largest == 1800);
    CHECK(options.silences.matchers == 19);
    CHECK(options.storage_path.empty());
    CHECK(options.storage_retention == 24h);
}

TEST_CASE("sizes are read with and without units", "[cli]") {
    auto const size = [](std::string_view text) {
        auto const read = parse_size(text, 1, std::size_t{1} << 40U);
        auto const* const found = std::get_if<std::size_t>(&read);
        return found != nullptr ? *found : 0;
    };
    CHECK(size("1048576") == 1'048'576);
    CHECK(size("1048576B") == 1'048'576);
    CHECK(size("64MiB") == 64 * 1'048'576);
    CHECK(size("64MB") == 64 * 1'048'576);
    CHECK(size("1KiB") == 1024);
    CHECK(size("2GiB") == std::size_t{2} << 30U);
    for (auto const* const bad :
         {"",
          "0",
          "-1",
          "+1",
          " 1",
          "1 MiB",
          "1mib",
          "1.5MiB",
          "MiB",
          "1M",
          "99999999999999999999",
          "18446744073709551615GiB",
          "1e9",
          "0x10"})
        CHECK(size(bad) == 0);
}

TEST_CASE("nonsense is refused with what was expected", "[cli]") {
    CHECK(refusal({"--web.max-body-bytes=0"})
              .starts_with("error: --web.max-body-bytes: bad value \"0\": expected a size from 1KiB to 4GiB, "
                           "as in 64MiB or 1048576\n"));
    CHECK(
        refusal({"--web.max-connections=-1"})
            .starts_with(
                "error: --web.max-connections: bad value \"-1\": expected a whole number from 1 to 1000000\n"
            )
    );
    CHECK(refusal({"--web.read-timeout=1m"})
              .starts_with("error: --web.read-timeout: bad value \"1m\": expected a duration from 5m to 1d\n")
    );
    CHECK(
        refusal({"--web.header-timeout=0s"}).find("expected a duration from 100ms to 1h") != std::string::npos
    );
    CHECK(refusal({"--web.header-timeout=10"}).find("has no unit; did you mean 10s?") != std::string::npos);
    CHECK(refusal({"--storage.retention=-1h"}).find("must not be negative") != std::string::npos);
    CHECK(refusal({"--storage.retention=9999999999y"}).find("is too long") != std::string::npos);
    CHECK(
        refusal({"--web.max-buffered-bytes=10MiB"})
            .find("--web.max-buffered-bytes: 10MiB has no room for one request") != std::string::npos
    );
}

TEST_CASE("an origin is what a browser sends, or any", "[cli]") {
    CHECK(served({"--web.cors.origin=https://a:3000", "--web.cors.origin=*"}).cors_origins.size() == 2);
    for (auto const* const bad :
         {"--web.cors.origin=a",
          "--web.cors.origin=https://a/",
          "--web.cors.origin=https://",
          "--web.cors.origin=://a",
          "--web.cors.origin=https://*.a",
          "--web.cors.origin="})
        CHECK(refusal({bad}).find("expected SCHEME://HOST[:PORT] without a path") != std::string::npos);
}

TEST_CASE("health takes what TLS needs, and nothing of it for plain HTTP", "[cli]") {
    auto const asked = parse(
        {"health",
         "--url=https://127.0.0.1:9093",
         "--tls.insecure-skip-verify",
         "--tls.cert-file=c",
         "--tls.key-file=k",
         "--tls.ca-file=a",
         "--tls.server-name=n"}
    );
    REQUIRE(std::holds_alternative<health_options>(asked));
    auto const& options = std::get<health_options>(asked);
    CHECK(options.server.tls);
    CHECK(options.tls.insecure_skip_verify);
    CHECK(options.tls.certificate.file == "c");
    CHECK(options.tls.key.file == "k");
    CHECK(options.tls.ca.file == "a");
    CHECK(options.tls.server_name == "n");
    CHECK(
        refusal({"health", "--tls.insecure-skip-verify"}).find("need an https:// --url") != std::string::npos
    );
    CHECK(
        refusal({"health", "--url=https://a", "--tls.key-file=k"}).find("expected both") != std::string::npos
    );
}
