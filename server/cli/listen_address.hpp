// The addresses of the command line: where to listen, and whom to ask for health. Values and their texts.
#pragma once

#include "server/cli/reading.hpp"
#include "server/relay/options.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace autoscaler::server::cli {

struct listen_address {
    std::string host;       // a name or an address, IPv6 without brackets; "" = every address of the machine
    std::uint16_t port = 0; // 0 = any free one

    friend bool operator==(listen_address const&, listen_address const&) = default;
};

// Reads `:9093`, `127.0.0.1:9093`, `[::]:9093`, `localhost:9093`; else says what is wrong.
reading<listen_address> parse_listen_address(std::string_view text);

// In the form that parse_listen_address() reads.
std::string to_string(listen_address const& where);

// Reads `[http[s]://]HOST:PORT`; else says what is wrong.
reading<relay::peer_name> parse_peer(std::string_view text);

struct http_address {
    std::string host;
    std::uint16_t port = 80;
    std::string path{}; // "" or "/prefix", without a slash at the end
    bool tls = false;

    friend bool operator==(http_address const&, http_address const&) = default;
};

// Reads `http://HOST[:PORT][/PREFIX]`, or https://; else says what is wrong.
reading<http_address> parse_http_address(std::string_view text);

// In the form that parse_http_address() reads.
std::string to_string(http_address const& server);

} // namespace autoscaler::server::cli
