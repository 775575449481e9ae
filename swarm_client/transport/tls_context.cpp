#include "swarm_client/transport/tls_context.hpp"

#include "swarm_client/transport/pem.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <cstdlib>
#include <utility>

namespace autoscaler::swarm::transport {

namespace {

using outcome = result<void>;

fault unusable(std::string message) {
    return {fault_kind::file, std::move(message)};
}

// A system without certificates is one that trusts nobody: the handshake will say so.
void trust_system(SSL_CTX* to) {
    ::SSL_CTX_set_default_verify_paths(to); // also what SSL_CERT_FILE and SSL_CERT_DIR name
    // OpenSSL looks at Debian's directory of hashed links alone, which a bare image has not.
    if (std::getenv("SSL_CERT_FILE") == nullptr)
        ::SSL_CTX_load_verify_file(to, "/etc/ssl/certs/ca-certificates.crt");
    ::ERR_clear_error();
}

outcome add_ca(SSL_CTX* to, tls_material const& made_of) {
    if (made_of.ca.text.empty()) {
        trust_system(to);
        return {};
    }
    bio const from = reader(made_of.ca.text);
    int count = 0;
    while (x509 const each = next_certificate(from)) {
        if (::X509_STORE_add_cert(::SSL_CTX_get_cert_store(to), each.get()) != 1)
            return unusable("cannot use " + made_of.ca.name + ": " + reason());
        ++count;
    }
    bool const whole = at_end();
    std::string const why = reason();
    if (count == 0)
        return unusable(made_of.ca.name + " holds no PEM certificate");
    if (!whole)
        return unusable("cannot read " + made_of.ca.name + ": " + why);
    return {};
}

outcome add_certificate(SSL_CTX* to, tls_material const& made_of) {
    bio const from = reader(made_of.certificate.text);
    x509 const first = next_certificate(from);
    if (!first || ::SSL_CTX_use_certificate(to, first.get()) != 1)
        return unusable("cannot use " + made_of.certificate.name + ": " + reason());
    while (x509 const each = next_certificate(from))
        ::SSL_CTX_add1_chain_cert(to, each.get());
    ::ERR_clear_error();

    auto const [key, encrypted] = read_key(made_of.key.text);
    if (encrypted)
        return unusable(made_of.key.name + " is encrypted; expected one without a pass phrase");
    if (!key)
        return unusable("cannot use " + made_of.key.name + ": " + reason());
    if (::SSL_CTX_use_PrivateKey(to, key.get()) != 1)
        return unusable(
            made_of.key.name + " does not belong to " + made_of.certificate.name + ": " + reason()
        );
    return {};
}

int number_of(tls_version version) {
    switch (version) {
    case tls_version::tls10:
        return TLS1_VERSION;
    case tls_version::tls11:
        return TLS1_1_VERSION;
    case tls_version::tls12:
        return TLS1_2_VERSION;
    case tls_version::tls13:
        return TLS1_3_VERSION;
    }
    return TLS1_2_VERSION;
}

outcome set_versions(SSL_CTX* to, tls_material const& made_of) {
    // OpenSSL 3 has the two old versions only at the lowest level of security.
    if (made_of.min_version < tls_version::tls12)
        ::SSL_CTX_set_security_level(to, 0);
    bool good = ::SSL_CTX_set_min_proto_version(to, number_of(made_of.min_version)) == 1;
    if (made_of.max_version) {
        good = good && ::SSL_CTX_set_max_proto_version(to, number_of(*made_of.max_version)) == 1;
        good = good && made_of.min_version <= *made_of.max_version;
    }
    if (!good)
        return fault{fault_kind::invalid, "tls: no version lies between min_version and max_version"};
    return {};
}

outcome furnish(tls_context& made) {
    SSL_CTX* const native = made.native.native_handle();
    ::ERR_clear_error();
    ::SSL_CTX_set_verify(native, made.made_of.verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
    auto done = set_versions(native, made.made_of);
    if (done)
        done = add_ca(native, made.made_of);
    if (done && !made.made_of.certificate.text.empty())
        done = add_certificate(native, made.made_of);
    return done;
}

} // namespace

result<std::shared_ptr<tls_context>> make_tls_context(tls_material made_of) {
    if (made_of.certificate.text.empty() != made_of.key.text.empty())
        return fault{fault_kind::invalid, "tls: a certificate needs its key, and a key its certificate"};
    auto made = std::make_shared<tls_context>(
        tls_context{boost::asio::ssl::context(boost::asio::ssl::context::tls_client), std::move(made_of)}
    );
    if (auto const done = furnish(*made); !done)
        return done.error();
    return made;
}

} // namespace autoscaler::swarm::transport
