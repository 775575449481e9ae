// Secrets as they are kept for comparison: hashed under a key that this process has made up and tells nobody.
#pragma once

#include <array>
#include <initializer_list>
#include <string_view>

namespace autoscaler::server::web {

using digest = std::array<unsigned char, 32>;

class keyed_hash {
public:
    // Throws where the system has no randomness: then nothing is safe.
    keyed_hash();

    // Of the texts with their lengths: "ab","c" is not "a","bc".
    digest operator()(std::initializer_list<std::string_view> texts) const;

private:
    digest key_{};
};

// In a time that does not tell where they differ.
bool same_digest(digest const& a, digest const& b);

} // namespace autoscaler::server::web
