#include "server/http_client/tls_context.hpp"

#include "server/http_client/secret.hpp"
#include "server/text/utf8.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <cstdlib>

namespace autoscaler::server::http_client {

namespace {

// More settings than a policy has; a key that changes with every request must not fill the memory.
constexpr std::size_t most_contexts = 8;

template<auto Free>
struct freed_by {
    template<class T>
    void operator()(T* what) const {
        Free(what);
    }
};

using bio = std::unique_ptr<BIO, freed_by<BIO_free_all>>;
using x509 = std::unique_ptr<X509, freed_by<X509_free>>;
using private_key = std::unique_ptr<EVP_PKEY, freed_by<EVP_PKEY_free>>;

// The calling OpenSSL function asks for a pass phrase: without this it would ask on the terminal, and wait.
int no_pass_phrase(char* /*to*/, int /*size*/, int /*writing*/, void* asked) {
    *static_cast<bool*>(asked) = true;
    return -1;
}

bio reader(std::string const& text) {
    return bio(::BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

x509 next_certificate(BIO* from) {
    return x509(::PEM_read_bio_X509(from, nullptr, nullptr, nullptr));
}

// OpenSSL's own words for what went wrong last; empties its queue.
std::string reason() {
    char const* words = ::ERR_reason_error_string(::ERR_peek_last_error());
    ::ERR_clear_error();
    return words != nullptr ? words : "unknown error";
}

// "the ca in "/etc/ca.pem"", or "the ca" where it is written out.
std::string named(std::string const& what, policy::secret_source const& from) {
    return "the " + what + (from.file.empty() ? "" : " in " + text::in_quotes(from.file));
}

using outcome = result<void>;

error unusable(std::string message) {
    return {error_kind::secret, "", std::move(message)};
}

// A system without certificates is one that trusts nobody: the handshake will say so.
void trust_system(SSL_CTX* to) {
    ::SSL_CTX_set_default_verify_paths(to); // also what SSL_CERT_FILE and SSL_CERT_DIR name
    // OpenSSL looks at Debian's directory of hashed links alone, which a bare image has not.
    if (std::getenv("SSL_CERT_FILE") == nullptr)
        ::SSL_CTX_load_verify_file(to, "/etc/ssl/certs/ca-certificates.crt");
    ::ERR_clear_error();
}

outcome add_ca(SSL_CTX* to, tls_material const& made_of, policy::tls_config const& how) {
    if (made_of.ca.empty()) {
        trust_system(to);
        return {};
    }
    bio const from = reader(made_of.ca);
    int count = 0;
    while (x509 const each = next_certificate(from.get())) {
        if (::X509_STORE_add_cert(::SSL_CTX_get_cert_store(to), each.get()) != 1)
            return unusable("cannot use " + named("ca", how.ca) + ": " + reason());
        ++count;
    }
    bool const at_end = ERR_GET_REASON(::ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    std::string const why = reason();
    if (count == 0)
        return unusable(named("ca", how.ca) + " holds no PEM certificate");
    if (!at_end)
        return unusable("cannot read " + named("ca", how.ca) + ": " + why);
    return {};
}

outcome add_certificate(SSL_CTX* to, tls_material const& made_of, policy::tls_config const& how) {
    bio const from = reader(made_of.certificate);
    x509 const first = next_certificate(from.get());
    if (!first || ::SSL_CTX_use_certificate(to, first.get()) != 1)
        return unusable("cannot use " + named("certificate", how.certificate) + ": " + reason());
    while (x509 const each = next_certificate(from.get()))
        ::SSL_CTX_add1_chain_cert(to, each.get());
    ::ERR_clear_error();

    bool asked = false;
    bio const key_from = reader(made_of.key);
    private_key const key(::PEM_read_bio_PrivateKey(key_from.get(), nullptr, no_pass_phrase, &asked));
    if (asked)
        return unusable(named("key", how.key) + " is encrypted; expected one without a pass phrase");
    if (!key)
        return unusable("cannot use " + named("key", how.key) + ": " + reason());
    if (::SSL_CTX_use_PrivateKey(to, key.get()) != 1)
        return unusable(
            named("key", how.key) + " does not belong to " + named("certificate", how.certificate) + ": " +
            reason()
        );
    return {};
}

int number_of(policy::tls_version version) {
    switch (version) {
    case policy::tls_version::tls10:
        return TLS1_VERSION;
    case policy::tls_version::tls11:
        return TLS1_1_VERSION;
    case policy::tls_version::tls12:
        return TLS1_2_VERSION;
    case policy::tls_version::tls13:
        return TLS1_3_VERSION;
    }
    return TLS1_2_VERSION;
}

outcome set_versions(SSL_CTX* to, tls_material const& made_of) {
    // OpenSSL 3 has the two old versions only at the lowest level of security.
    if (made_of.min_version < policy::tls_version::tls12)
        ::SSL_CTX_set_security_level(to, 0);
    bool good = ::SSL_CTX_set_min_proto_version(to, number_of(made_of.min_version)) == 1;
    if (made_of.max_version) {
        good = good && ::SSL_CTX_set_max_proto_version(to, number_of(*made_of.max_version)) == 1;
        good = good && made_of.min_version <= *made_of.max_version;
    }
    if (!good)
        return error{error_kind::invalid, "", "tls: no version lies between min_version and max_version"};
    return {};
}

result<tls_material> material(policy::tls_config const& how) {
    tls_material made;
    made.server_name = how.server_name;
    made.verify = !how.insecure_skip_verify;
    made.min_version = how.min_version;
    made.max_version = how.max_version;
    for (auto const& [from, to] :
         {std::pair(&how.ca, &made.ca), {&how.certificate, &made.certificate}, {&how.key, &made.key}}) {
        auto content = read_source(*from, longest_bundle);
        if (!content)
            return content.error();
        *to = std::move(*content);
    }
    if (!how.ca.empty() && made.ca.empty())
        return unusable(named("ca", how.ca) + " is empty");
    if (how.certificate.empty() != how.key.empty())
        return error{error_kind::invalid, "", "tls: a certificate needs its key, and a key its certificate"};
    return made;
}

outcome furnish(tls_context& made, policy::tls_config const& how) {
    SSL_CTX* const native = made.native.native_handle();
    ::ERR_clear_error();
    ::SSL_CTX_set_verify(native, made.made_of.verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
    auto done = set_versions(native, made.made_of);
    if (done)
        done = add_ca(native, made.made_of, how);
    if (done && !how.certificate.empty())
        done = add_certificate(native, made.made_of, how);
    return done;
}

} // namespace

result<std::shared_ptr<tls_context>> tls_contexts::get(policy::tls_config const& how) {
    auto made_of = material(how);
    if (!made_of)
        return made_of.error();
    auto const same = std::ranges::find(kept_, *made_of, [](auto const& each) { return each->made_of; });
    if (same != kept_.end()) {
        std::rotate(same, same + 1, kept_.end());
        return kept_.back();
    }
    auto made = std::make_shared<tls_context>(
        tls_context{boost::asio::ssl::context(boost::asio::ssl::context::tls_client), std::move(*made_of)}
    );
    if (auto const done = furnish(*made, how); !done)
        return done.error();
    if (kept_.size() == most_contexts)
        kept_.erase(kept_.begin());
    kept_.push_back(made);
    return made;
}

} // namespace autoscaler::server::http_client
