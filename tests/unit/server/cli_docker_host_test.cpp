#include "server/cli/docker_flags.hpp"
#include "support/catch.hpp"

using namespace autoscaler;
using namespace autoscaler::server::cli;

namespace {

using hosts = std::vector<docker_host>;
using texts = std::vector<std::string>;

hosts read(texts const& flags, environment const& variables = {}) {
    docker_flags given;
    given.hosts = flags;
    auto const result = parse_docker_hosts(given, variables);
    REQUIRE(std::holds_alternative<hosts>(result));
    return std::get<hosts>(result);
}

std::string fault(texts const& flags, environment const& variables = {}) {
    docker_flags given;
    given.hosts = flags;
    auto const result = parse_docker_hosts(given, variables);
    REQUIRE(std::holds_alternative<value_fault>(result));
    return std::get<value_fault>(result).text;
}

docker_host socket(std::string path) {
    return swarm::endpoint{swarm::endpoint::kind::unix_socket, std::move(path), {}, 0, {}};
}

docker_host tcp(std::string host, std::uint16_t port, std::optional<swarm::tls_files> tls = std::nullopt) {
    return swarm::endpoint{swarm::endpoint::kind::tcp, {}, std::move(host), port, std::move(tls)};
}

// The files of a directory, as the docker command line names them.
swarm::tls_files in(std::string const& folder, bool verify = true) {
    return {verify ? folder + "/ca.pem" : "", folder + "/cert.pem", folder + "/key.pem", true};
}

std::string fault_of(docker_flags const& flags, environment const& variables = {}) {
    auto const result = parse_docker_hosts(flags, variables);
    REQUIRE(std::holds_alternative<value_fault>(result));
    return std::get<value_fault>(result).text;
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

TEST_CASE("any DOCKER_TLS_VERIFY is TLS with verification, \"0\" too", "[cli]") {
    std::string const value = GENERATE("1", "0", "false");
    environment const variables{{"DOCKER_TLS_VERIFY", value}, {"DOCKER_CERT_PATH", "/certs"}};
    CHECK(read({"tcp://m1:2376"}, variables) == hosts{tcp("m1", 2376, in("/certs"))});
    auto both = variables;
    both["DOCKER_TLS"] = "1";
    both["DOCKER_HOST"] = "tcp://m1:2376";
    CHECK(read({}, both) == hosts{tcp("m1", 2376, in("/certs"))});
}

TEST_CASE("DOCKER_TLS alone is TLS without verification", "[cli]") {
    environment const variables{{"DOCKER_TLS", "1"}, {"DOCKER_CERT_PATH", "/certs"}};
    CHECK(read({"tcp://m1:2376"}, variables) == hosts{tcp("m1", 2376, in("/certs", false))});
}

TEST_CASE("without a variable that asks for TLS there is none, wherever certificates are", "[cli]") {
    CHECK(read({"tcp://m1"}, {{"DOCKER_CERT_PATH", "/certs"}}) == hosts{tcp("m1", 2375)});
    CHECK(read({"tcp://m1"}, {{"DOCKER_TLS_VERIFY", ""}, {"DOCKER_TLS", ""}}) == hosts{tcp("m1", 2375)});
}

TEST_CASE("a port that is not given is 2375, with TLS too", "[cli]") {
    CHECK(
        read({"tcp://m1"}, {{"DOCKER_TLS_VERIFY", "1"}, {"DOCKER_CERT_PATH", "/certs"}}) ==
        hosts{tcp("m1", 2375, in("/certs"))}
    );
}

TEST_CASE("certificates are looked for in the home directory otherwise", "[cli]") {
    CHECK(
        read({"tcp://m1"}, {{"DOCKER_TLS_VERIFY", "1"}, {"HOME", "/home/ann"}}) ==
        hosts{tcp("m1", 2375, in("/home/ann/.docker"))}
    );
}

TEST_CASE("TLS is for every tcp host and for no other", "[cli]") {
    environment const variables{{"DOCKER_TLS_VERIFY", "1"}, {"DOCKER_CERT_PATH", "/certs"}};
    CHECK(
        read({"tcp://m1:1", "unix:///x", "tcp://m2:2"}, variables) ==
        hosts{tcp("m1", 1, in("/certs")), socket("/x"), tcp("m2", 2, in("/certs"))}
    );
    CHECK(read({"simulated:"}, variables) == hosts{simulated_swarm{""}});
}

TEST_CASE("flags of TLS go before the variables, file by file", "[cli]") {
    docker_flags flags;
    flags.hosts = {"tcp://m1:2376"};
    flags.tls_verify = true;
    flags.tls_ca = "/a";
    environment const variables{{"DOCKER_CERT_PATH", "/certs"}};
    auto const read_all = [&](environment const& from) {
        auto const result = parse_docker_hosts(flags, from);
        REQUIRE(std::holds_alternative<hosts>(result));
        return std::get<hosts>(result);
    };
    CHECK(
        read_all(variables) ==
        hosts{tcp("m1", 2376, swarm::tls_files{"/a", "/certs/cert.pem", "/certs/key.pem", true})}
    );
    flags.tls_certificate = "/c";
    flags.tls_key = "/k";
    swarm::tls_files const given{"/a", "/c", "/k", false};
    CHECK(read_all(variables) == hosts{tcp("m1", 2376, given)});
    flags.tls_verify = false;
    CHECK(read_all({{"DOCKER_TLS_VERIFY", "1"}}) == hosts{tcp("m1", 2376, given)});
}

TEST_CASE("files of TLS without TLS, or by halves, are refused and never left out", "[cli]") {
    docker_flags flags;
    flags.hosts = {"tcp://m1:2376"};
    flags.tls_ca = "/a";
    CHECK(fault_of(flags) == "--docker.tlscacert is for --docker.tlsverify: expected that, too");
    CHECK(fault_of(flags, {{"DOCKER_TLS", "1"}}) == fault_of(flags));
    flags.tls_ca.clear();
    flags.tls_certificate = "/c";
    CHECK(
        fault_of(flags) ==
        "--docker.tlscert and --docker.tlskey are for TLS: expected --docker.tlsverify, too"
    );
    flags.tls_verify = true;
    CHECK(fault_of(flags) == "--docker.tlscert and --docker.tlskey belong together: expected both or none");
}

TEST_CASE("https is no scheme of an engine", "[cli]") {
    CHECK(
        fault({"https://m1:2376"}) ==
        "bad docker host \"https://m1:2376\": expected tcp://host:port, and $DOCKER_TLS_VERIFY or "
        "--docker.tlsverify for TLS, or simulated:"
    );
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
