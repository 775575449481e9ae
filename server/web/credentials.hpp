// The field Authorization of a request, read. Values.
#pragma once

#include <string>
#include <string_view>
#include <variant>

namespace autoscaler::server::web {

struct no_credentials {};

// Present, but nothing that we understand.
struct bad_credentials {};

struct password_credentials {
    std::string user;
    std::string password;
};

struct token_credentials {
    std::string_view token;
};

using credentials = std::variant<no_credentials, bad_credentials, password_credentials, token_credentials>;

// The result views `field`.
credentials read_credentials(std::string_view field);

} // namespace autoscaler::server::web
