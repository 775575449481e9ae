#include "server/http_client/url.hpp"

// Boost.URL's own sources are compiled here and nowhere else: it needs no library then.
#include <boost/url/src.hpp>

#include <algorithm>
#include <charconv>

namespace autoscaler::server::http_client {

namespace urls = boost::urls;

namespace {

error invalid(std::string message) {
    return {error_kind::invalid, "", std::move(message)};
}

// Names are looked up and shown: nothing but what a host name has may pass.
bool is_host_name(std::string_view text) {
    return !text.empty() && text.size() <= 253 && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
    });
}

std::string lower(std::string text) {
    std::ranges::transform(text, text.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return text;
}

// Boost.URL takes what is too large, or no number, for a port as well.
std::optional<std::uint16_t> port_of(std::string_view text) {
    std::uint16_t port = 0;
    auto const read = std::from_chars(text.data(), text.data() + text.size(), port);
    if (read.ec != std::errc() || read.ptr != text.data() + text.size() || port == 0)
        return std::nullopt;
    return port;
}

result<origin> origin_of(urls::url_view const& from) {
    origin where;
    if (from.scheme_id() != urls::scheme::http && from.scheme_id() != urls::scheme::https)
        return invalid("the url's scheme is neither http nor https");
    where.tls = from.scheme_id() == urls::scheme::https;
    where.host = lower(from.host_address());
    auto const type = from.host_type();
    bool const address = type == urls::host_type::ipv4 || type == urls::host_type::ipv6;
    if (where.host.empty())
        return invalid("the url has no host");
    if (!address && (type != urls::host_type::name || !is_host_name(where.host)))
        return invalid("the url's host is no name and no address");
    where.port = where.tls ? 443 : 80;
    if (from.has_port() && !from.port().empty()) {
        auto const port = port_of({from.port().data(), from.port().size()});
        if (!port)
            return invalid("the url's port is not one of 1 to 65535");
        where.port = *port;
    }
    return where;
}

result<url> taken_apart(urls::url_view const& from) {
    auto const where = origin_of(from);
    if (!where)
        return where.error();
    url made;
    made.where = *where;
    made.path = std::string(from.encoded_path().data(), from.encoded_path().size());
    if (made.path.empty())
        made.path = "/";
    if (made.path.front() != '/') // Boost.URL ends a port like "1x" before the x
        return invalid("the url's port is not one of 1 to 65535");
    made.target = made.path;
    if (from.has_query())
        made.target += "?" + std::string(from.encoded_query().data(), from.encoded_query().size());
    if (from.has_userinfo()) {
        made.user = from.user();
        made.password = from.password();
    }
    return made;
}

} // namespace

std::string authority(origin const& where) {
    bool const v6 = where.host.find(':') != std::string::npos;
    std::string text = v6 ? "[" + where.host + "]" : where.host;
    if (where.port != (where.tls ? 443 : 80))
        text += ":" + std::to_string(where.port);
    return text;
}

std::string url::shown_origin() const {
    return (where.tls ? "https://" : "http://") + authority(where);
}

std::string url::shown() const {
    return shown_origin() + (path == "/" ? "" : path);
}

result<url> parse_url(std::string_view text) {
    auto const parsed = urls::parse_uri({text.data(), text.size()});
    if (!parsed)
        return invalid("the url is malformed; expected one like http://host:9090/path");
    return taken_apart(*parsed);
}

result<url> follow(url const& from, std::string_view location) {
    error const nowhere{error_kind::redirect, from.shown(), "the redirect leads to no valid url"};
    std::string const here = from.shown_origin() + from.target; // the views below point into it
    auto const base = urls::parse_uri(here);
    auto const reference = urls::parse_uri_reference({location.data(), location.size()});
    if (!base || !reference)
        return nowhere;
    urls::url joined;
    if (!urls::resolve(*base, *reference, joined))
        return nowhere;
    auto made = taken_apart(joined);
    if (!made)
        return nowhere;
    made->user.reset();
    made->password.clear();
    return made;
}

result<std::string> append_path(std::string_view text, std::string_view suffix) {
    auto const valid = parse_url(text);
    if (!valid)
        return valid.error();
    text = text.substr(0, text.find('#'));
    std::size_t const end = std::min(text.find('?'), text.size());
    std::string_view path = text.substr(0, end);
    while (path.ends_with('/'))
        path.remove_suffix(1);
    return std::string(path) + std::string(suffix) + std::string(text.substr(end));
}

std::string form_encoded(std::string_view text) {
    constexpr std::string_view plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out;
    out.reserve(text.size() * 2);
    for (char const c : text) {
        if (plain.find(c) != std::string_view::npos) {
            out += c;
            continue;
        }
        auto const byte = static_cast<unsigned char>(c);
        out += '%';
        out += digits[byte >> 4U];
        out += digits[byte & 0xFU];
    }
    return out;
}

} // namespace autoscaler::server::http_client
