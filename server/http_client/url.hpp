// URLs of http and https, taken apart. Pure. The one file behind this header that knows Boost.URL is url.cpp.
#pragma once

#include "server/http_client/message.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace autoscaler::server::http_client {

// Whom a connection is to. Credentials for one origin are for no other.
struct origin {
    bool tls = false;
    std::string host; // a name in lower case, or an address; IPv6 without brackets
    std::uint16_t port = 0;

    friend bool operator==(origin const&, origin const&) = default;
};

// The value of a Host field: the port only where it is not the scheme's own.
std::string authority(origin const& where);

struct url {
    origin where;
    std::string target; // path and query, at least "/"
    std::string path;
    std::optional<std::string> user; // decoded, as is the password
    std::string password;

    // For people: without user, password and query.
    std::string shown() const;
    // The scheme, host and port alone.
    std::string shown_origin() const;
};

// The error (of kind `invalid`) does not repeat the text: it may hold a password.
result<url> parse_url(std::string_view text);

// Where a Location field leads from `from`. User and password in it are ignored: the far side cannot hand us
// credentials.
result<url> follow(url const& from, std::string_view location);

// `url` with `suffix` ("/api/v1/query") behind its path; its query stays.
result<std::string> append_path(std::string_view url, std::string_view suffix);

// As the value of a form field or a query parameter.
std::string form_encoded(std::string_view text);

} // namespace autoscaler::server::http_client
