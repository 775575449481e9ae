#include "server/cli/command_line.hpp"
#include "server/cli/version.hpp"
#include "support/catch.hpp"

#include <sstream>

using namespace autoscaler::server;
using namespace autoscaler::server::cli;

namespace {

command parse(std::vector<char const*> words, environment const& variables = {}) {
    words.insert(words.begin(), "swarm-autoscaler");
    return parse_command_line(static_cast<int>(words.size()), words.data(), variables);
}

template<typename Options>
Options read(std::vector<char const*> const& words, environment const& variables = {}) {
    auto const result = parse(words, variables);
    if (auto const* fault = std::get_if<usage_error>(&result))
        INFO(fault->text);
    REQUIRE(std::holds_alternative<Options>(result));
    return std::get<Options>(result);
}

serve_options serve(std::vector<char const*> const& words, environment const& variables = {}) {
    return read<serve_options>(words, variables);
}

std::string fault(std::vector<char const*> const& words) {
    auto const result = parse(words);
    REQUIRE(std::holds_alternative<usage_error>(result));
    return std::get<usage_error>(result).text;
}

std::string const see = "See \"swarm-autoscaler --help\".\n";

} // namespace

TEST_CASE("without words the autoscaler serves with its defaults", "[cli]") {
    auto const options = serve({});
    CHECK(options.config_file == "policy.yml");
    CHECK(options.listen == std::vector{listen_address{"", 9093}});
    CHECK(options.route_prefix == "/");
    CHECK(options.external_url.empty());
    CHECK(options.docker_hosts.size() == 1);
    CHECK(options.stack.empty());
    CHECK(options.max_replicas == 1000);
    CHECK_FALSE(options.dry_run);
    CHECK(options.log_level == log::level::info);
    CHECK(options.log_format == log::format::logfmt);
}

TEST_CASE("every flag of serve is read, in both spellings", "[cli]") {
    auto const options = serve(
        {"serve",
         "--config.file=a.yml",
         "--web.listen-address",
         "[::1]:1",
         "--web.listen-address=[::]:2",
         "--web.route-prefix",
         "/scale/",
         "--web.external-url=https://x.example/scale/",
         "--docker.host=tcp://m1",
         "--docker.host",
         "unix:///x",
         "--docker.stack=hosp",
         "--max-replicas=20",
         "--dry-run",
         "--log.level=debug",
         "--log.format",
         "json"}
    );
    CHECK(options.config_file == "a.yml");
    CHECK(options.listen == std::vector{listen_address{"::1", 1}, listen_address{"::", 2}});
    CHECK(options.route_prefix == "/scale");
    CHECK(options.external_url == "https://x.example/scale");
    CHECK(options.docker_hosts.size() == 2);
    CHECK(options.stack == "hosp");
    CHECK(options.max_replicas == 20);
    CHECK(options.dry_run);
    CHECK(options.log_level == log::level::debug);
    CHECK(options.log_format == log::format::json);
}

TEST_CASE("the path of the external URL is where we serve, unless a flag says another", "[cli]") {
    CHECK(serve({"--web.external-url=https://x.example/scale/"}).route_prefix == "/scale");
    CHECK(serve({"--web.external-url=https://x.example"}).route_prefix == "/");
    CHECK(serve({"--web.external-url=https://x.example/scale", "--web.route-prefix=/"}).route_prefix == "/");
}

TEST_CASE("the stack comes from the environment unless a flag says another, or none", "[cli]") {
    environment const variables{{"SWARM_AUTOSCALER_STACK", "hosp"}};
    CHECK(serve({}, variables).stack == "hosp");
    CHECK(serve({"--docker.stack=lab"}, variables).stack == "lab");
    CHECK(serve({"--docker.stack="}, variables).stack.empty());
    CHECK(read<check_options>({"check", "a.yml"}, variables).stack == "hosp");
    CHECK(read<test_options>({"test", "a.yml"}, variables).stack == "hosp");
}

TEST_CASE("a route prefix has one form", "[cli]") {
    CHECK(serve({"--web.route-prefix=/"}).route_prefix == "/");
    CHECK(serve({"--web.route-prefix=a/b"}).route_prefix == "/a/b");
    CHECK(serve({"--web.route-prefix="}).route_prefix == "/");
}

TEST_CASE("check, test and health have flags of their own", "[cli]") {
    auto const check =
        read<check_options>({"check", "a.yml", "--max-replicas=5", "--docker.stack", "hosp", "b.yml"});
    CHECK(check.files == std::vector<std::string>{"a.yml", "b.yml"});
    CHECK(check.max_replicas == 5);
    CHECK(check.stack == "hosp");
    CHECK(check.rules.empty());
    CHECK_FALSE(check.strict);
    auto const against = read<check_options>(
        {"check", "a.yml", "--rules=r.yml", "--rules", "s.yml", "--prometheus.url=http://p:9090/", "--strict"}
    );
    CHECK(against.files == std::vector<std::string>{"a.yml"});
    CHECK(against.rules == std::vector<std::string>{"r.yml", "s.yml"});
    CHECK(against.prometheus_url == "http://p:9090");
    CHECK(against.strict);
    auto const test =
        read<test_options>({"test", "a.yml", "--max-replicas=5", "--docker.stack=hosp", "b.yml"});
    CHECK(test.files == std::vector<std::string>{"a.yml", "b.yml"});
    CHECK(test.max_replicas == 5);
    CHECK(test.stack == "hosp");
    CHECK(read<health_options>({"health"}).server == http_address{"127.0.0.1", 9093, ""});
    CHECK(read<health_options>({"health", "--url=http://h:1/p"}).server == http_address{"h", 1, "/p"});
}

TEST_CASE("an unknown flag is refused with the one that was meant", "[cli]") {
    CHECK(
        fault({"--confg.file=a.yml"}) ==
        "error: unknown flag \"--confg.file\"; did you mean \"--config.file\"?\n" + see
    );
    CHECK(
        fault({"serve", "--listen-address", ":1", "--frobnicate"}) ==
        "error: unknown flag \"--listen-address\"; did you mean \"--web.listen-address\"?\n"
        "error: unknown flag \"--frobnicate\"\n" +
            see
    );
    CHECK(
        fault({"check", "a.yml", "--dry-run"}) ==
        "error: unknown flag \"--dry-run\"\nSee \"swarm-autoscaler check --help\".\n"
    );
}

TEST_CASE("an unknown command is refused with the one that was meant", "[cli]") {
    CHECK(fault({"chek", "a.yml"}) == "error: unknown command \"chek\"; did you mean \"check\"?\n" + see);
    CHECK(
        fault({"frobnicate"}) ==
        "error: unknown command \"frobnicate\": expected serve, check, test or health\n" + see
    );
    CHECK(fault({""}) == "error: unknown command \"\": expected serve, check, test or health\n" + see);
}

TEST_CASE("words that belong nowhere are refused", "[cli]") {
    CHECK(fault({"--dry-run", "policy.yml"}) == "error: unexpected argument \"policy.yml\"\n" + see);
    CHECK(fault({"--log.level=debug", "check"}) == "error: unexpected argument \"check\"\n" + see);
}

TEST_CASE("a flag without its value is refused", "[cli]") {
    CHECK(
        fault({"--config.file"}) ==
        "error: --config.file: expected a value, as in --config.file=VALUE\n" + see
    );
    CHECK(
        fault({"--config.file", "--dry-run"}) ==
        "error: --config.file: expected a value, as in --config.file=VALUE\n" + see
    );
}

TEST_CASE("every mistake of the words is named in one run", "[cli]") {
    CHECK(
        fault({"--frobnicate", "--log.level", "--config.file"}) ==
        "error: --log.level: expected a value, as in --log.level=VALUE\n"
        "error: --config.file: expected a value, as in --config.file=VALUE\n"
        "error: unknown flag \"--frobnicate\"\n" +
            see
    );
    CHECK(fault({"--dry-run=maybe"}) == "error: --dry-run: expected true or false, not \"maybe\"\n" + see);
    CHECK_FALSE(serve({"--dry-run=false"}).dry_run);
}

TEST_CASE("a flag that may stand once is refused where it stands twice", "[cli]") {
    CHECK(
        fault({"--config.file=a", "--config.file=b"}) ==
        "error: --config.file: given 2 times: expected it once\n" + see
    );
}

TEST_CASE("every bad value is named in one run", "[cli]") {
    CHECK(
        fault(
            {"--max-replicas=0",
             "--log.level=loud",
             "--log.format=xml",
             "--web.listen-address=9093",
             "--web.route-prefix=a?b",
             "--web.external-url=x.example",
             "--docker.host=npipe://x"}
        ) == "error: --web.listen-address: bad listen address \"9093\": expected [HOST]:PORT, as in :9093 or "
             "127.0.0.1:9093\n"
             "error: --web.route-prefix: bad value \"a?b\": expected a path, as in / or /autoscaler\n"
             "error: --web.external-url: bad value \"x.example\": expected http://HOST[:PORT][/PATH] or "
             "https://, without user, "
             "query and fragment\n"
             "error: --docker.host: bad docker host \"npipe://x\": expected unix:///path or tcp://host:port, "
             "or simulated:\n"
             "error: --max-replicas: bad value \"0\": expected a whole number from 1 to 1000000\n"
             "error: --log.level: bad value \"loud\": expected debug, info, warn or error\n"
             "error: --log.format: bad value \"xml\": expected logfmt or json\n" +
                 see
    );
}

TEST_CASE("check wants a file", "[cli]") {
    CHECK(
        fault({"check"}) ==
        "error: expected POLICY.yml: at least one file\nSee \"swarm-autoscaler check --help\".\n"
    );
}

TEST_CASE("help names every flag and command", "[cli]") {
    auto const text = read<show_text>({"--help"}).text;
    for (auto const* word :
         {"--config.file",
          "--web.listen-address",
          "--web.route-prefix",
          "--web.external-url",
          "--docker.host",
          "--docker.stack",
          "--max-replicas",
          "--dry-run",
          "--log.level",
          "--log.format",
          "--version",
          "serve",
          "check POLICY.yml",
          "test TEST.yml",
          "health",
          "$DOCKER_HOST",
          "$SWARM_AUTOSCALER_STACK",
          "(default: policy.yml)"}) {
        INFO(word);
        CHECK(text.find(word) != std::string::npos);
    }
    CHECK(read<show_text>({"check", "--help"}).text.find("POLICY.yml") != std::string::npos);
    CHECK(read<show_text>({"test", "--help"}).text.find("promtool test rules") != std::string::npos);
    CHECK(read<show_text>({"health", "-h"}).text.find("--url") != std::string::npos);
}

TEST_CASE("help is not wider than a screen", "[cli]") {
    for (auto const* command : {"serve", "check", "test", "health"}) {
        std::istringstream lines(read<show_text>({command, "--help"}).text);
        for (std::string line; std::getline(lines, line);) {
            INFO(line);
            CHECK(line.size() <= 120);
        }
    }
}

TEST_CASE("help is shown also beside a mistake", "[cli]") {
    CHECK(read<show_text>({"--frobnicate", "--help"}).text.find("--config.file") != std::string::npos);
    CHECK(read<show_text>({"check", "--help"}).text.find("--max-replicas") != std::string::npos);
}

TEST_CASE("the version is one line", "[cli]") {
    CHECK(read<show_text>({"--version"}).text == "swarm-autoscaler " + std::string(version()) + "\n");
    CHECK(read<show_text>({"check", "--version"}).text == read<show_text>({"--version"}).text);
}
