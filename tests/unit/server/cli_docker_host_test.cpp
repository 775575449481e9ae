#include "server/cli/option_values.hpp"
#include "support/catch.hpp"

using namespace autoscaler;
using namespace autoscaler::server::cli;

namespace {

using hosts = std::vector<docker_host>;
using texts = std::vector<std::string>;

hosts read(texts const& flags, environment const& variables = {}) {
    auto const result = parse_docker_hosts(flags, variables);
    REQUIRE(std::holds_alternative<hosts>(result));
    return std::get<hosts>(result);
}

std::string fault(texts const& flags, environment const& variables = {}) {
    auto const result = parse_docker_hosts(flags, variables);
    REQUIRE(std::holds_alternative<value_fault>(result));
    return std::get<value_fault>(result).text;
}

docker_host socket(std::string path) {
    return swarm::endpoint{swarm::endpoint::kind::unix_socket, std::move(path), {}, 0};
}

docker_host tcp(std::string host, std::uint16_t port) {
    return swarm::endpoint{swarm::endpoint::kind::tcp, {}, std::move(host), port};
}

} // namespace

TEST_CASE("without flag and variable the engine of this machine is taken", "[cli]") {
    CHECK(read({}) == hosts{socket("/var/run/docker.sock")});
    CHECK(read({}, {{"DOCKER_HOST", ""}}) == hosts{socket("/var/run/docker.sock")});
}

TEST_CASE("the flag goes before the variable", "[cli]") {
    CHECK(read({}, {{"DOCKER_HOST", "tcp://m1"}}) == hosts{tcp("m1", 2375)});
    CHECK(read({"unix:///x"}, {{"DOCKER_HOST", "tcp://m1"}}) == hosts{socket("/x")});
}

TEST_CASE("several hosts keep their order", "[cli]") {
    CHECK(read({"tcp://m1:1", "unix:///x"}) == hosts{tcp("m1", 1), socket("/x")});
}

TEST_CASE("the embedded swarm is chosen by name, with or without a file", "[cli]") {
    CHECK(read({"simulated:"}) == hosts{simulated_swarm{""}});
    CHECK(read({"simulated:swarm.yml"}) == hosts{simulated_swarm{"swarm.yml"}});
    CHECK(read({}, {{"DOCKER_HOST", "simulated:"}}) == hosts{simulated_swarm{""}});
}

TEST_CASE("TLS is refused and never left out", "[cli]") {
    environment const variables = GENERATE(
        environment{{"DOCKER_TLS_VERIFY", "1"}},
        environment{{"DOCKER_TLS", "1"}},
        environment{{"DOCKER_TLS_VERIFY", "0"}}
    );
    std::string const expected =
        "cannot use \"tcp://m1:2376\": $DOCKER_TLS_VERIFY or $DOCKER_TLS asks for TLS, and TLS "
        "to the engine is not supported yet; use unix://, or unset them";
    CHECK(fault({"tcp://m1:2376"}, variables) == expected);
    CHECK(fault({"unix:///x", "tcp://m1:2376"}, variables) == expected);
    auto by_variable = variables;
    by_variable["DOCKER_HOST"] = "tcp://m1:2376";
    CHECK(fault({}, by_variable) == "$DOCKER_HOST: " + expected);
    CHECK(read({"unix:///x"}, variables) == hosts{socket("/x")});
    CHECK(read({"simulated:"}, variables) == hosts{simulated_swarm{""}});
}

TEST_CASE("an empty TLS variable asks for nothing", "[cli]") {
    CHECK(read({"tcp://m1"}, {{"DOCKER_TLS_VERIFY", ""}, {"DOCKER_TLS", ""}}) == hosts{tcp("m1", 2375)});
}

TEST_CASE("what is no docker host is refused with what is one", "[cli]") {
    CHECK(
        fault({"ssh://m1"}) ==
        R"(bad docker host "ssh://m1": expected unix:///path or tcp://host:port, or simulated:)"
    );
    CHECK(fault({}, {{"DOCKER_HOST", "m1:2375"}})
              .starts_with("$DOCKER_HOST: bad docker host \"m1:2375\": expected"));
    CHECK(fault({""}).starts_with("bad docker host \"\""));
    CHECK(
        fault({"simulated"}) ==
        R"(bad value "simulated": expected a colon, as in simulated: or simulated:FILE.yml)"
    );
}

TEST_CASE("a simulated swarm stands alone", "[cli]") {
    CHECK(
        fault({"simulated:", "unix:///x"}) ==
        "a simulated swarm cannot stand beside another docker host: expected one --docker.host"
    );
}
