#include "server/web/bcrypt.hpp"

#include <crypt.h>
#include <openssl/crypto.h>

#include <algorithm>
#include <memory>

namespace autoscaler::server::web {

namespace {

constexpr std::size_t head_size = 7;  // $2y$10$
constexpr std::size_t hash_size = 60; // and 22 characters of salt, 31 of hash
constexpr std::size_t longest_input = 72;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_base64(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '/';
}

} // namespace

std::optional<int> bcrypt_cost(std::string_view text) {
    bool const framed = text.size() == hash_size && text.starts_with("$2") &&
                        std::string_view("aby").find(text[2]) != std::string_view::npos && text[3] == '$' &&
                        is_digit(text[4]) && is_digit(text[5]) && text[6] == '$';
    if (!framed || !std::ranges::all_of(text.substr(head_size), is_base64))
        return {};
    int const cost = (text[4] - '0') * 10 + (text[5] - '0');
    return cost >= 4 && cost <= 31 ? std::optional(cost) : std::nullopt;
}

bool check_bcrypt(std::string const& password, std::string const& hash) {
    auto const room = std::make_unique<crypt_data>();
    std::string const input = password.substr(0, longest_input);
    char const* const made = ::crypt_r(input.c_str(), hash.c_str(), room.get());
    bool const same = made != nullptr && std::string_view(made).size() == hash.size() &&
                      ::CRYPTO_memcmp(made, hash.data(), hash.size()) == 0;
    ::OPENSSL_cleanse(room.get(), sizeof *room);
    return same && password.find('\0') == std::string::npos;
}

std::string decoy_hash(int cost) {
    std::string const number = (cost < 10 ? "0" : "") + std::to_string(cost);
    return "$2b$" + number + "$" + std::string(hash_size - head_size, '.');
}

} // namespace autoscaler::server::web
