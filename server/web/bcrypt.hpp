// Password hashes of the bcrypt family, as `htpasswd -B` writes them. Slow by design: check() belongs on a
// thread that nobody waits for. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace autoscaler::server::web {

// Each step doubles the time of a check; this one takes some seconds. A file may not make us busy for hours.
inline constexpr int highest_cost = 16;

// The cost of a hash $2a$, $2b$ or $2y$; nothing where `text` is no such hash.
std::optional<int> bcrypt_cost(std::string_view text);

// Whether `hash` is that of `password`. As everywhere, bytes of a password behind the 72nd do not count; one
// with a NUL is never right, since C and Go read it differently.
bool check_bcrypt(std::string const& password, std::string const& hash);

// A hash that nobody has the password of, which takes as long to check as another one of this cost.
std::string decoy_hash(int cost);

} // namespace autoscaler::server::web
