#include "swarm_client/endpoint.hpp"

#include <sys/un.h>

#include <algorithm>
#include <charconv>

namespace autoscaler::swarm {

namespace {

using parsed = boost::system::result<endpoint, std::string>;

// The kernel keeps the path and its final NUL in this field.
constexpr std::size_t longest_path = sizeof(sockaddr_un::sun_path) - 1;

std::string fault(std::string_view text, std::string_view what) {
    return "bad docker host \"" + std::string(text) + "\": " + std::string(what);
}

parsed parse_unix(std::string_view text, std::string_view path) {
    if (!path.starts_with('/') || path == "/")
        return fault(text, "expected an absolute path, as in unix:///var/run/docker.sock");
    if (path.find('\0') != std::string_view::npos)
        return fault(text, "a path has no NUL byte");
    if (path.size() > longest_path)
        return fault(text, "a socket's path has at most " + std::to_string(longest_path) + " bytes");
    return endpoint{endpoint::kind::unix_socket, std::string(path), {}, 0, {}};
}

bool host_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == '_';
}

bool address_character(char c) {
    return (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || (c >= '0' && c <= '9') || c == '.' || c == ':';
}

parsed parse_tcp(std::string_view text, std::string_view address) {
    constexpr std::string_view expected = "expected tcp://HOST[:PORT], an IPv6 address in brackets";
    std::string_view host;
    std::string_view rest;
    if (address.starts_with('[')) {
        std::size_t const end = address.find(']');
        if (end == std::string_view::npos)
            return fault(text, expected);
        host = address.substr(1, end - 1);
        rest = address.substr(end + 1);
        if (!std::ranges::all_of(host, address_character))
            return fault(text, expected);
    } else {
        host = address.substr(0, address.find(':'));
        rest = address.substr(host.size());
        if (!std::ranges::all_of(host, host_character))
            return fault(text, expected);
    }
    if (host.empty() || (!rest.empty() && !rest.starts_with(':')))
        return fault(text, expected);

    std::uint16_t port = default_port;
    if (!rest.empty()) {
        rest.remove_prefix(1);
        auto const [end, problem] = std::from_chars(rest.data(), rest.data() + rest.size(), port);
        if (problem != std::errc{} || end != rest.data() + rest.size() || port == 0)
            return fault(text, "expected a port from 1 to 65535 after the host");
    }
    return endpoint{endpoint::kind::tcp, {}, std::string(host), port, {}};
}

} // namespace

parsed parse_endpoint(std::string_view text) {
    constexpr std::string_view unix_scheme = "unix://";
    constexpr std::string_view tcp_scheme = "tcp://";
    if (text.starts_with(unix_scheme))
        return parse_unix(text, text.substr(unix_scheme.size()));
    if (text.starts_with(tcp_scheme))
        return parse_tcp(text, text.substr(tcp_scheme.size()));
    if (text.starts_with("https://"))
        return fault(text, "expected tcp://host:port, and $DOCKER_TLS_VERIFY or --docker.tlsverify for TLS");
    return fault(text, "expected unix:///path or tcp://host:port");
}

std::string to_string(endpoint const& where) {
    if (where.via == endpoint::kind::unix_socket)
        return "unix://" + where.path;
    bool const brackets = where.host.find(':') != std::string::npos;
    return "tcp://" + (brackets ? '[' + where.host + ']' : where.host) + ':' + std::to_string(where.port);
}

} // namespace autoscaler::swarm
