#include "server/alertmanager/request_uri.hpp"

#include <algorithm>
#include <array>

namespace autoscaler::server::alertmanager {

namespace {

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_hex(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// Looks at every character, which a compiler can do many at a time.
bool has_control(std::string_view text) {
    bool found = false;
    for (char const c : text) {
        auto const byte = static_cast<unsigned char>(c);
        found |= byte < 0x20 || byte == 0x7F;
    }
    return found;
}

using character_set = std::array<bool, 256>;

constexpr character_set letters_digits_and(std::string_view marks) {
    character_set set{};
    for (std::size_t c = 0; c < set.size(); ++c)
        set[c] = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    for (char const c : marks)
        set[static_cast<unsigned char>(c)] = true;
    return set;
}

bool within(character_set const& set, char c) {
    return set[static_cast<unsigned char>(c)];
}

// Go lets non-ASCII characters of a host pass.
constexpr character_set host_characters() {
    auto set = letters_digits_and("-_.~!$&'()*+,;=:[]<>\"");
    for (std::size_t c = 0x80; c < set.size(); ++c)
        set[c] = true;
    return set;
}

bool escapes_fit(std::string_view text) {
    for (std::size_t i = text.find('%'); i != std::string_view::npos; i = text.find('%', i + 1))
        if (i + 2 >= text.size() || !is_hex(text[i + 1]) || !is_hex(text[i + 2]))
            return false;
    return true;
}

// Of escapes, a host may have those of non-ASCII characters alone.
bool host_fits(std::string_view host) {
    static constexpr character_set characters = host_characters();
    for (std::size_t i = 0; i < host.size(); ++i) {
        if (within(characters, host[i]))
            continue;
        if (host[i] != '%' || !escapes_fit(host.substr(i, 3)) || host[i + 1] < '8')
            return false;
        i += 2;
    }
    return true;
}

// ":", digits, or nothing.
bool port_fits(std::string_view port) {
    return port.empty() || (port.front() == ':' && std::ranges::all_of(port.substr(1), is_digit));
}

bool user_fits(std::string_view user) {
    static constexpr character_set characters = letters_digits_and("-._:~!$&'()*+,;=%@");
    return escapes_fit(user) && std::ranges::all_of(user, [](char c) { return within(characters, c); });
}

bool authority_fits(std::string_view authority) {
    if (std::size_t const at = authority.rfind('@'); at != std::string_view::npos) {
        if (!user_fits(authority.substr(0, at)))
            return false;
        authority.remove_prefix(at + 1);
    }
    if (authority.starts_with('[')) {
        std::size_t const end = authority.rfind(']');
        if (end == std::string_view::npos || !port_fits(authority.substr(end + 1)))
            return false;
        // An IPv6 zone stands behind %25 and may hold any escape.
        std::size_t const zone = std::min(authority.find("%25"), end);
        return host_fits(authority.substr(0, zone)) && escapes_fit(authority.substr(zone, end - zone));
    }
    std::size_t const colon = authority.rfind(':');
    return host_fits(authority) && (colon == std::string_view::npos || port_fits(authority.substr(colon)));
}

// Removes `scheme:` where there is one: false where what stands before the colon is none.
bool take_scheme(std::string_view& rest, bool& found) {
    for (std::size_t i = 0; i < rest.size(); ++i) {
        char const c = rest[i];
        if (is_letter(c))
            continue;
        if (is_digit(c) || c == '+' || c == '-' || c == '.') {
            if (i == 0)
                return true;
            continue;
        }
        if (c != ':')
            return true;
        found = i > 0;
        rest.remove_prefix(i + 1);
        return found;
    }
    return true;
}

} // namespace

bool is_request_uri(std::string_view text) {
    if (text == "*")
        return true;
    bool scheme = false;
    std::string_view rest = text;
    if (text.empty() || has_control(text) || !take_scheme(rest, scheme))
        return false;
    rest = rest.substr(0, rest.find('?'));
    if (!rest.starts_with('/'))
        return scheme; // opaque, such as mailto:
    if (rest.starts_with("//") && (scheme || !rest.starts_with("///"))) {
        std::string_view authority = rest.substr(2);
        std::size_t const slash = std::min(authority.find('/'), authority.size());
        rest = authority.substr(slash);
        // Without a scheme Go takes `//host` of a request line as a path.
        if (scheme && !authority_fits(authority.substr(0, slash)))
            return false;
    }
    return escapes_fit(rest);
}

} // namespace autoscaler::server::alertmanager
