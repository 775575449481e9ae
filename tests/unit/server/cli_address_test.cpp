#include "server/cli/listen_address.hpp"
#include "support/catch.hpp"

using namespace autoscaler::server::cli;

namespace {

template<typename T>
std::string fault_of(reading<T> const& result) {
    REQUIRE(std::holds_alternative<value_fault>(result));
    return std::get<value_fault>(result).text;
}

listen_address listen(std::string_view text) {
    auto const result = parse_listen_address(text);
    REQUIRE(std::holds_alternative<listen_address>(result));
    return std::get<listen_address>(result);
}

http_address http(std::string_view text) {
    auto const result = parse_http_address(text);
    REQUIRE(std::holds_alternative<http_address>(result));
    return std::get<http_address>(result);
}

} // namespace

TEST_CASE("listen addresses are read, and written as they were read", "[cli]") {
    CHECK(listen(":9093") == listen_address{"", 9093});
    CHECK(listen("0.0.0.0:9093") == listen_address{"0.0.0.0", 9093});
    CHECK(listen("[::]:9093") == listen_address{"::", 9093});
    CHECK(listen("[fe80::1%eth0]:1") == listen_address{"fe80::1%eth0", 1});
    CHECK(listen("localhost:0") == listen_address{"localhost", 0});
    CHECK(listen("127.0.0.1:65535") == listen_address{"127.0.0.1", 65535});
    for (auto const* text : {":9093", "0.0.0.0:9093", "[::]:9093", "localhost:9093"})
        CHECK(to_string(listen(text)) == text);
}

TEST_CASE("what is no listen address is refused with an example", "[cli]") {
    auto const text =
        GENERATE("", "9093", "localhost", "[::1]", "[::1]9093", "[::1:9093", "[]:1", "a b:1", "a/b:1");
    CHECK(
        fault_of(parse_listen_address(text)) == "bad listen address \"" + std::string(text) +
                                                    "\": expected [HOST]:PORT, as in :9093 or 127.0.0.1:9093"
    );
}

TEST_CASE("a bad port and a bare IPv6 address are refused as such", "[cli]") {
    CHECK(
        fault_of(parse_listen_address(":http")) ==
        R"(bad listen address ":http": expected a port from 0 to 65535 after the colon)"
    );
    CHECK(
        fault_of(parse_listen_address(":65536")) ==
        R"(bad listen address ":65536": expected a port from 0 to 65535 after the colon)"
    );
    CHECK(
        fault_of(parse_listen_address(":")) ==
        R"(bad listen address ":": expected a port from 0 to 65535 after the colon)"
    );
    CHECK(
        fault_of(parse_listen_address("::1:9093")) ==
        R"(bad listen address "::1:9093": expected an IPv6 address in brackets, as in [::1]:9093)"
    );
}

TEST_CASE("the address of a server is read", "[cli]") {
    CHECK(http("http://127.0.0.1:9093") == http_address{"127.0.0.1", 9093, ""});
    CHECK(http("http://host") == http_address{"host", 80, ""});
    CHECK(http("http://[::1]:9093/") == http_address{"::1", 9093, ""});
    CHECK(http("http://host:1/pre/fix//") == http_address{"host", 1, "/pre/fix"});
}

TEST_CASE("an address of a server may be https, on its own port", "[cli]") {
    CHECK(http("https://host") == http_address{"host", 443, "", true});
    CHECK(http("https://host:9093/scale/") == http_address{"host", 9093, "/scale", true});
    CHECK(to_string(http("https://[::1]:9093/scale")) == "https://[::1]:9093/scale");
    CHECK(
        fault_of(parse_http_address("https://u@host")) ==
        R"(bad URL "https://u@host": expected https://HOST[:PORT][/PREFIX], without user, query and fragment)"
    );
}

TEST_CASE("what is no address of a server is refused", "[cli]") {
    CHECK(
        fault_of(parse_http_address("localhost:9093")) ==
        R"(bad URL "localhost:9093": expected http://HOST:PORT, as in http://127.0.0.1:9093, or https://)"
    );
    auto const text = GENERATE(
        "http://",
        "http://:9093",
        "http://a@b",
        "http://h/?q",
        "http://h/#f",
        "http://h/a b",
        "http://[::1",
        "http://h\r\n"
    );
    CAPTURE(text);
    CHECK(fault_of(parse_http_address(text)).ends_with("without user, query and fragment"));
    CHECK(
        fault_of(parse_http_address("http://h:0")).ends_with("expected a port from 1 to 65535 after the host")
    );
}
