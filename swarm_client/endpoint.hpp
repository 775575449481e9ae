// Where an engine listens: a unix socket or a TCP port, plain or behind TLS. A value; nothing is opened or
// looked up here.
#pragma once

#include <boost/system/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace autoscaler::swarm {

// Paths of PEM files, read anew for each connection, so that they may be rotated under a running program.
struct tls_files {
    std::string ca;          // "" = whatever certificate the engine has is taken
    std::string certificate; // our own; "" = none
    std::string key;         // of the certificate; "" = none
    // Certificate and key are where they would be if there were any: without both files there are none.
    bool own_is_optional = false;

    friend bool operator==(tls_files const&, tls_files const&) = default;
};

struct endpoint {
    enum class kind { unix_socket, tcp };

    kind via = kind::unix_socket;
    std::string path;                            // unix_socket: absolute
    std::string host;                            // tcp: a name or an address, IPv6 without brackets
    std::uint16_t port = 0;                      // tcp
    std::optional<tls_files> tls = std::nullopt; // tcp

    friend bool operator==(endpoint const&, endpoint const&) = default;
};

// Port of an engine without one in its address, as the docker command line has it.
inline constexpr std::uint16_t default_port = 2375;

// Reads `unix:///path` or `tcp://host[:port]`; the error says what was wrong and what was expected.
boost::system::result<endpoint, std::string> parse_endpoint(std::string_view text);

// In the form that parse_endpoint() reads; of TLS it says nothing, as the docker command line has it.
std::string to_string(endpoint const& where);

} // namespace autoscaler::swarm
