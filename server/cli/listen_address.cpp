#include "server/cli/listen_address.hpp"

#include "server/text/utf8.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace autoscaler::server::cli {

namespace {

bool letter_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool name_character(char c) {
    return letter_or_digit(c) || c == '.' || c == '-' || c == '_';
}

// A zone, as in fe80::1%eth0, is part of an IPv6 address.
bool address_character(char c) {
    return name_character(c) || c == ':' || c == '%';
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
    std::uint16_t port = 0;
    auto const [end, problem] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (problem != std::errc{} || end != text.data() + text.size())
        return {};
    return port;
}

struct authority {
    std::string_view host;
    std::string_view port; // with its ':'; "" where there is none
};

// HOST[:PORT] in its two parts; nothing where it has another form.
std::optional<authority> split(std::string_view text) {
    if (text.starts_with('[')) {
        std::size_t const end = text.find(']');
        if (end == std::string_view::npos)
            return {};
        authority const parts{text.substr(1, end - 1), text.substr(end + 1)};
        bool const good = parts.host.find(':') != std::string_view::npos &&
                          std::ranges::all_of(parts.host, address_character) &&
                          (parts.port.empty() || parts.port.starts_with(':'));
        return good ? std::optional(parts) : std::nullopt;
    }
    std::size_t const colon = std::min(text.find(':'), text.size());
    authority const parts{text.substr(0, colon), text.substr(colon)};
    if (!std::ranges::all_of(parts.host, name_character))
        return {};
    return parts;
}

} // namespace

reading<listen_address> parse_listen_address(std::string_view text) {
    auto const fault = [&](std::string_view expected) {
        return value_fault{
            "bad listen address " + text::in_quotes(text) + ": expected " + std::string(expected)
        };
    };
    if (std::ranges::count(text, ':') > 1 && !text.starts_with('['))
        return fault("an IPv6 address in brackets, as in [::1]:9093");
    auto const parts = split(text);
    if (!parts || parts->port.empty())
        return fault("[HOST]:PORT, as in :9093 or 127.0.0.1:9093");
    auto const port = parse_port(parts->port.substr(1));
    if (!port)
        return fault("a port from 0 to 65535 after the colon");
    return listen_address{.host = std::string(parts->host), .port = *port};
}

std::string to_string(listen_address const& where) {
    bool const brackets = where.host.find(':') != std::string::npos;
    return (brackets ? "[" + where.host + "]" : where.host) + ":" + std::to_string(where.port);
}

reading<relay::peer_name> parse_peer(std::string_view text) {
    auto const fault = [&](std::string_view expected) {
        return value_fault{"bad peer " + text::in_quotes(text) + ": expected " + std::string(expected)};
    };
    bool const tls = text.starts_with("https://");
    std::string_view const rest = text.substr(tls ? 8 : text.starts_with("http://") ? 7 : 0);
    if (std::ranges::count(rest, ':') > 1 && !rest.starts_with('['))
        return fault("an IPv6 address in brackets, as in [fd00::5]:9093");
    auto const parts = split(rest);
    if (!parts || parts->host.empty() || parts->port.empty())
        return fault("HOST:PORT, as in tasks.autoscaler:9093, or https://HOST:PORT, without a path");
    auto const port = parse_port(parts->port.substr(1));
    if (!port || *port == 0)
        return fault("a port from 1 to 65535 after the host");
    return relay::peer_name{.host = std::string(parts->host), .port = *port, .tls = tls};
}

reading<http_address> parse_http_address(std::string_view text) {
    auto const fault = [&](std::string_view expected) {
        return value_fault{"bad URL " + text::in_quotes(text) + ": expected " + std::string(expected)};
    };
    bool const tls = text.starts_with("https://");
    std::string_view const scheme = tls ? "https://" : "http://";
    if (!text.starts_with(scheme))
        return fault("http://HOST:PORT, as in http://127.0.0.1:9093, or https://");
    std::string_view const rest = text.substr(scheme.size());
    std::string_view const host = rest.substr(0, rest.find_first_of("/?#"));
    std::string_view path = rest.substr(host.size());
    auto const visible = [](char c) { return c > ' ' && c < 0x7F && c != '?' && c != '#'; };
    auto const parts = split(host);
    if (!parts || parts->host.empty() || !std::ranges::all_of(path, visible))
        return fault(std::string(scheme) + "HOST[:PORT][/PREFIX], without user, query and fragment");
    http_address where{
        .host = std::string(parts->host),
        .port = static_cast<std::uint16_t>(tls ? 443 : 80),
        .path = {},
        .tls = tls
    };
    if (!parts->port.empty()) {
        auto const port = parse_port(parts->port.substr(1));
        if (!port || *port == 0)
            return fault("a port from 1 to 65535 after the host");
        where.port = *port;
    }
    while (path.ends_with('/'))
        path.remove_suffix(1);
    where.path = path;
    return where;
}

std::string to_string(http_address const& server) {
    return (server.tls ? "https://" : "http://") +
           to_string(listen_address{.host = server.host, .port = server.port}) + server.path;
}

} // namespace autoscaler::server::cli
