#include "server/web/credentials.hpp"

#include "server/http/message.hpp"

#include <cstdint>
#include <optional>

namespace autoscaler::server::web {

namespace {

int digit_of(char c) {
    constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    auto const at = digits.find(c);
    return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

// Base64 with its padding, as every client writes it.
std::optional<std::string> decode_base64(std::string_view text) {
    if (text.size() % 4 != 0)
        return {};
    std::size_t padding = 0;
    while (padding < 2 && text.ends_with('=')) {
        text.remove_suffix(1);
        ++padding;
    }
    std::string decoded;
    std::uint32_t bits = 0;
    int count = 0;
    for (char const c : text) {
        int const digit = digit_of(c);
        if (digit < 0)
            return {};
        bits = (bits << 6U | static_cast<std::uint32_t>(digit)) & 0xFFFFU;
        count += 6;
        if (count >= 8) {
            count -= 8;
            decoded += static_cast<char>(bits >> static_cast<unsigned>(count) & 0xFFU);
        }
    }
    return decoded;
}

} // namespace

credentials read_credentials(std::string_view field) {
    if (field.empty())
        return no_credentials{};
    std::size_t const space = field.find(' ');
    std::string_view const scheme = field.substr(0, space);
    std::string_view rest = space == std::string_view::npos ? "" : field.substr(space);
    while (rest.starts_with(' '))
        rest.remove_prefix(1);
    if (http::same_text(scheme, "bearer") && !rest.empty())
        return token_credentials{rest};
    if (!http::same_text(scheme, "basic"))
        return bad_credentials{};
    auto const pair = decode_base64(rest);
    auto const colon = pair ? pair->find(':') : std::string::npos;
    if (colon == std::string::npos)
        return bad_credentials{};
    return password_credentials{pair->substr(0, colon), pair->substr(colon + 1)};
}

} // namespace autoscaler::server::web
