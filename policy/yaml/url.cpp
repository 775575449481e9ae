#include "policy/yaml/url.hpp"

#include "policy/yaml/scalars.hpp"

#include <algorithm>
#include <charconv>
#include <system_error>

namespace autoscaler::policy::yaml {

namespace {

bool is_port(std::string_view text) {
    unsigned port = 0;
    auto const end = text.data() + text.size();
    auto const result = std::from_chars(text.data(), end, port);
    return result.ec == std::errc{} && result.ptr == end && port >= 1 && port <= 65535;
}

bool starts_with_scheme(std::string_view text, std::string_view scheme) {
    return text.size() >= scheme.size() &&
           std::ranges::equal(text.substr(0, scheme.size()), scheme, [](char written, char wanted) {
               return (written >= 'A' && written <= 'Z' ? static_cast<char>(written - 'A' + 'a') : written) ==
                      wanted;
           });
}

// What is wrong with the host and port of an address; "" where they are good.
std::string fault_of_authority(std::string_view authority) {
    if (authority.find('@') != std::string_view::npos)
        return "has a name or password in it; write them under basic_auth";
    bool const is_ipv6 = authority.starts_with('[');
    std::size_t const bracket = authority.find(']');
    if (is_ipv6 && bracket == std::string_view::npos)
        return "has a \"[\" that is not closed";
    std::size_t const host_end = is_ipv6 ? bracket + 1 : std::min(authority.find(':'), authority.size());
    std::string_view const host = authority.substr(0, host_end);
    std::string_view const rest = authority.substr(host_end);
    if (host.empty() || host == "[]")
        return "has no host";
    if (!rest.empty() && (rest.front() != ':' || !is_port(rest.substr(1))))
        return "has a bad port: expected a number from 1 to 65535";
    return {};
}

std::string fault_of_url(std::string_view url) {
    auto const is_plain = [](char c) { return c > ' ' && c < '\x7F' && c != '"' && c != '\\'; };
    if (!std::ranges::all_of(url, is_plain))
        return "has a character that no address has; write it percent-encoded";
    std::string_view rest = url;
    if (starts_with_scheme(url, "http://"))
        rest.remove_prefix(7);
    else if (starts_with_scheme(url, "https://"))
        rest.remove_prefix(8);
    else
        return "must begin with http:// or https://";
    if (rest.find('#') != std::string_view::npos)
        return "has a fragment (\"#\"), which is never sent";
    return fault_of_authority(rest.substr(0, rest.find_first_of("/?")));
}

// The address as a fault may show it: without name and password.
std::string shown(std::string_view url) {
    std::size_t const scheme = url.find("://");
    std::size_t const begin = scheme == std::string_view::npos ? 0 : scheme + 3;
    std::size_t const end = url.find_last_of('@');
    if (end == std::string_view::npos || end < begin)
        return std::string(url);
    return std::string(url.substr(0, begin)) + "..." + std::string(url.substr(end));
}

// The same without path and query, which are secrets of many receivers of messages.
std::string shown_origin(std::string_view url) {
    std::string const all = shown(url);
    std::size_t const scheme = all.find("://");
    std::size_t const path = all.find_first_of("/?#", scheme == std::string::npos ? 0 : scheme + 3);
    return path == std::string::npos || path + 1 == all.size() ? all : all.substr(0, path) + "/...";
}

} // namespace

std::optional<std::string>
read_url(node const& value, std::string_view what, fault_sink& faults, bool secret_path) {
    auto text = read_text(value, what, faults);
    if (!text)
        return std::nullopt;
    if (std::string const wrong = fault_of_url(*text); !wrong.empty()) {
        std::string const told = secret_path ? shown_origin(*text) : shown(*text);
        faults.error(value.offset, std::string(what) + ": " + in_quotes(told) + " " + wrong);
        return std::nullopt;
    }
    return text;
}

std::optional<std::string> read_base_url(node const& value, std::string_view what, fault_sink& faults) {
    auto url = read_url(value, what, faults);
    if (!url || url->find('?') == std::string::npos)
        return url;
    faults.error(
        value.offset,
        std::string(what) + ": " + in_quotes(*url) +
            " has a query (\"?\"); write the address of the server alone"
    );
    return std::nullopt;
}

} // namespace autoscaler::policy::yaml
