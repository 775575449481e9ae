#include "server/web/keyed_hash.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <stdexcept>
#include <string>

namespace autoscaler::server::web {

keyed_hash::keyed_hash() {
    if (::RAND_bytes(key_.data(), static_cast<int>(key_.size())) != 1)
        throw std::runtime_error("the system gives no random numbers");
}

digest keyed_hash::operator()(std::initializer_list<std::string_view> texts) const {
    std::string all;
    for (auto const each : texts) {
        all += std::to_string(each.size());
        all += ':';
        all += each;
    }
    digest made{};
    ::HMAC(
        ::EVP_sha256(),
        key_.data(),
        static_cast<int>(key_.size()),
        reinterpret_cast<unsigned char const*>(all.data()),
        all.size(),
        made.data(),
        nullptr
    );
    ::OPENSSL_cleanse(all.data(), all.size());
    return made;
}

bool same_digest(digest const& a, digest const& b) {
    return ::CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

} // namespace autoscaler::server::web
