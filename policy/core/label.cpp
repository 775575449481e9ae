#include "policy/core/label.hpp"

#include <algorithm>

namespace autoscaler::policy {

std::string_view value_of(label_set labels, std::string_view name) {
    auto const found = std::ranges::lower_bound(labels, name, {}, &label::name);
    return found != labels.end() && found->name == name ? found->value : std::string_view{};
}

std::uint64_t fingerprint(label_set labels) {
    // FNV-1a with 64 bits: http://www.isthe.com/chongo/tech/comp/fnv/
    constexpr std::uint64_t offset_basis = 14695981039346656037U;
    constexpr std::uint64_t prime = 1099511628211U;
    constexpr unsigned char separator = 0xFF;

    std::uint64_t hash = offset_basis;
    auto const add = [&hash](unsigned char byte) { hash = (hash ^ byte) * prime; };
    for (auto const& [name, value] : labels) {
        for (char const c : name)
            add(static_cast<unsigned char>(c));
        add(separator);
        for (char const c : value)
            add(static_cast<unsigned char>(c));
        add(separator);
    }
    return hash;
}

std::string to_hex(std::uint64_t fingerprint) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text(16, '0');
    for (auto position = text.rbegin(); position != text.rend(); ++position, fingerprint >>= 4U)
        *position = digits[fingerprint & 0xFU];
    return text;
}

} // namespace autoscaler::policy
