#include "result_text.hpp"
#include "support/catch.hpp"
#include "swarm_client/endpoint.hpp"

using namespace autoscaler::swarm;

TEST_CASE("a unix endpoint is an absolute path", "[endpoint]") {
    auto const parsed = parse_endpoint("unix:///var/run/docker.sock");
    REQUIRE(parsed);
    CHECK(parsed->via == endpoint::kind::unix_socket);
    CHECK(parsed->path == "/var/run/docker.sock");
    CHECK(to_string(*parsed) == "unix:///var/run/docker.sock");
}

TEST_CASE("a tcp endpoint without a port has docker's default", "[endpoint]") {
    auto const parsed = parse_endpoint("tcp://manager-1.example");
    REQUIRE(parsed);
    CHECK(parsed->via == endpoint::kind::tcp);
    CHECK(parsed->host == "manager-1.example");
    CHECK(parsed->port == 2375);
    CHECK(to_string(*parsed) == "tcp://manager-1.example:2375");
}

TEST_CASE("an IPv6 endpoint has brackets in its text only", "[endpoint]") {
    auto const parsed = parse_endpoint("tcp://[::1]:4000");
    REQUIRE(parsed);
    CHECK(parsed->host == "::1");
    CHECK(parsed->port == 4000);
    CHECK(to_string(*parsed) == "tcp://[::1]:4000");
}

TEST_CASE("a bad endpoint is told apart from what was expected", "[endpoint]") {
    struct row {
        char const* text;
        char const* fault;
    };

    auto const [text, fault] = GENERATE(
        row{"https://host:2376",
            "bad docker host \"https://host:2376\": expected tcp://host:port, and "
            "$DOCKER_TLS_VERIFY or --docker.tlsverify for TLS"},
        row{"http://host", "bad docker host \"http://host\": expected unix:///path or tcp://host:port"},
        row{"/var/run/docker.sock",
            "bad docker host \"/var/run/docker.sock\": expected unix:///path or tcp://host:port"},
        row{"", "bad docker host \"\": expected unix:///path or tcp://host:port"},
        row{"unix://docker.sock",
            "bad docker host \"unix://docker.sock\": expected an absolute path, as in "
            "unix:///var/run/docker.sock"},
        row{"unix://",
            "bad docker host \"unix://\": expected an absolute path, as in unix:///var/run/docker.sock"},
        row{"tcp://", "bad docker host \"tcp://\": expected tcp://HOST[:PORT], an IPv6 address in brackets"},
        row{"tcp://:2375",
            "bad docker host \"tcp://:2375\": expected tcp://HOST[:PORT], an IPv6 address in brackets"},
        row{"tcp://a b:1",
            "bad docker host \"tcp://a b:1\": expected tcp://HOST[:PORT], an IPv6 address in brackets"},
        row{"tcp://::1:2375",
            "bad docker host \"tcp://::1:2375\": expected tcp://HOST[:PORT], an IPv6 address in brackets"},
        row{"tcp://[::1",
            "bad docker host \"tcp://[::1\": expected tcp://HOST[:PORT], an IPv6 address in brackets"},
        row{"tcp://host:0", "bad docker host \"tcp://host:0\": expected a port from 1 to 65535 after the host"
        },
        row{"tcp://host:65536",
            "bad docker host \"tcp://host:65536\": expected a port from 1 to 65535 after the host"},
        row{"tcp://host:2375/v1",
            "bad docker host \"tcp://host:2375/v1\": expected a port from 1 to 65535 after the host"},
        row{"tcp://host:", "bad docker host \"tcp://host:\": expected a port from 1 to 65535 after the host"}
    );
    auto const parsed = parse_endpoint(text);
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error() == fault);
}

TEST_CASE("a socket path too long for the kernel is refused", "[endpoint]") {
    CHECK(parse_endpoint("unix:///" + std::string(106, 'x')));
    CHECK_FALSE(parse_endpoint("unix:///" + std::string(107, 'x')));
    CHECK_FALSE(parse_endpoint(std::string_view("unix:///a\0b", 11)));
}
