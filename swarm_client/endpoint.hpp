// Where an engine listens: a unix socket or a TCP port. A value; nothing is opened or looked up here.
// A TCP port behind TLS will be one more kind, with its files beside host and port.
#pragma once

#include <boost/system/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace autoscaler::swarm {

struct endpoint {
    enum class kind { unix_socket, tcp };

    kind via = kind::unix_socket;
    std::string path;       // unix_socket: absolute
    std::string host;       // tcp: a name or an address, IPv6 without brackets
    std::uint16_t port = 0; // tcp

    friend bool operator==(endpoint const&, endpoint const&) = default;
};

// Port of an engine without one in its address, as the docker command line has it.
inline constexpr std::uint16_t default_port = 2375;

// Reads `unix:///path` or `tcp://host[:port]`; the error says what was wrong and what was expected.
boost::system::result<endpoint, std::string> parse_endpoint(std::string_view text);

// In the form that parse_endpoint() reads.
std::string to_string(endpoint const& where);

} // namespace autoscaler::swarm
