#include "server/web/listener_tls.hpp"

#include "server/http/certificate.hpp"
#include "swarm_client/transport/pem.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <array>

namespace autoscaler::server::web {

using policy::yaml::in_quotes;
using swarm::transport::bio;
using swarm::transport::next_certificate;
using swarm::transport::reader;
using swarm::transport::reason;
using swarm::transport::x509;

namespace {

using allowed_list = std::vector<std::string>;

int number_of(policy::tls_version version) {
    constexpr std::array<int, 4> numbers{TLS1_VERSION, TLS1_1_VERSION, TLS1_2_VERSION, TLS1_3_VERSION};
    return numbers.at(static_cast<std::size_t>(version));
}

// The list of allowed names lives as long as its context.
int allowed_index() {
    static int const index = ::SSL_CTX_get_ex_new_index(
        0,
        nullptr,
        nullptr,
        nullptr,
        [](void*, void* kept, CRYPTO_EX_DATA*, int, long, void*) { delete static_cast<allowed_list*>(kept); }
    );
    return index;
}

int verified_index() {
    static int const index = ::SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
    return index;
}

// Whether the client's own certificate has a name that is let in.
bool is_allowed(X509 const* certificate, allowed_list const* allowed) {
    return allowed == nullptr ||
           std::ranges::any_of(http::alternative_names(certificate), [&](auto const& name) {
               return std::ranges::find(*allowed, name) != allowed->end();
           });
}

// Called for each certificate of the client's chain, and for each fault in it.
int judge_client(int good, X509_STORE_CTX* chain) {
    auto const* const connection =
        static_cast<SSL*>(::X509_STORE_CTX_get_ex_data(chain, ::SSL_get_ex_data_X509_STORE_CTX_idx()));
    SSL_CTX const* const context = ::SSL_get_SSL_CTX(connection);
    if (good == 0 && ::SSL_CTX_get_ex_data(context, verified_index()) != nullptr)
        return 0;
    bool const own = ::X509_STORE_CTX_get_error_depth(chain) == 0;
    auto const* const allowed = static_cast<allowed_list*>(::SSL_CTX_get_ex_data(context, allowed_index()));
    if (own && !is_allowed(::X509_STORE_CTX_get_current_cert(chain), allowed)) {
        ::X509_STORE_CTX_set_error(chain, X509_V_ERR_APPLICATION_VERIFICATION);
        return 0;
    }
    return 1; // a fault stays in the verdict: the certificate counts as not verified
}

int choose_protocol(
    SSL* /*of*/,
    unsigned char const** chosen,
    unsigned char* size,
    unsigned char const* offered,
    unsigned int offered_size,
    void* /*none*/
) {
    constexpr std::string_view ours = "\x08http/1.1";
    for (std::string_view rest(reinterpret_cast<char const*>(offered), offered_size); !rest.empty();) {
        std::size_t const length = 1 + static_cast<unsigned char>(rest.front());
        if (rest.substr(0, length) == ours) {
            *chosen = reinterpret_cast<unsigned char const*>(rest.data()) + 1;
            *size = static_cast<unsigned char>(length - 1);
            return SSL_TLSEXT_ERR_OK;
        }
        rest.remove_prefix(std::min(length, rest.size()));
    }
    return SSL_TLSEXT_ERR_NOACK;
}

class builder {
public:
    builder(tls_settings const& how, tls_material const& from, policy::yaml::fault_sink& faults)
        : how_(how)
        , from_(from)
        , faults_(faults)
        , made_(::SSL_CTX_new(::TLS_server_method()), ::SSL_CTX_free) {}

    std::shared_ptr<SSL_CTX> build() {
        ::ERR_clear_error();
        set_manners();
        bool const good = set_versions() && set_ciphers() && set_certificate() && set_clients();
        ::ERR_clear_error();
        return good ? made_ : nullptr;
    }

private:
    bool fail(std::size_t at, std::string text) {
        faults_.error(at, std::move(text));
        return false;
    }

    void set_manners();
    bool set_versions();
    bool set_ciphers();
    bool set_certificate();
    bool set_key();
    bool set_clients();
    bool add_authorities();

    SSL_CTX* native() { return made_.get(); }

    tls_settings const& how_;
    tls_material const& from_;
    policy::yaml::fault_sink& faults_;
    std::shared_ptr<SSL_CTX> made_;
};

// "the certificate in "/etc/cert.pem"", or "the certificate" where it is written out.
std::string named(std::string const& what, written_source const& source) {
    return "the " + what + (source.from.file.empty() ? "" : " in " + in_quotes(source.from.file));
}

void builder::set_manners() {
    ::SSL_CTX_set_options(native(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET);
    if (how_.server_chooses_cipher)
        ::SSL_CTX_set_options(native(), SSL_OP_CIPHER_SERVER_PREFERENCE);
    ::SSL_CTX_set_num_tickets(native(), 0);
    ::SSL_CTX_set_session_cache_mode(native(), SSL_SESS_CACHE_OFF);
    // An idle connection keeps no buffers; a write takes what the socket takes, and may come from elsewhere
    // next time; after a record without data others have their turn.
    ::SSL_CTX_set_mode(
        native(),
        SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER
    );
    ::SSL_CTX_clear_mode(native(), SSL_MODE_AUTO_RETRY);
    ::SSL_CTX_set_alpn_select_cb(native(), choose_protocol, nullptr);
}

bool builder::set_versions() {
    // OpenSSL 3 has the two old versions only at the lowest level of security.
    if (how_.min_version < policy::tls_version::tls12)
        ::SSL_CTX_set_security_level(native(), 0);
    bool const good =
        ::SSL_CTX_set_min_proto_version(native(), number_of(how_.min_version)) == 1 &&
        (!how_.max_version || ::SSL_CTX_set_max_proto_version(native(), number_of(*how_.max_version)) == 1);
    return good || fail(how_.at, "this system's OpenSSL does not have these TLS versions: " + reason());
}

// Joined as OpenSSL takes them.
std::string joined(std::vector<std::string> const& names) {
    std::string text;
    for (auto const& each : names)
        text += (text.empty() ? "" : ":") + each;
    return text;
}

bool builder::set_ciphers() {
    std::vector<std::string> older;
    std::vector<std::string> newer; // of TLS 1.3, which have a list of their own
    for (auto const& each : how_.ciphers) {
        if (each.find("_WITH_") == std::string::npos)
            newer.push_back(each);
        else if (char const* const name = ::OPENSSL_cipher_name(each.c_str()))
            older.emplace_back(name);
    }
    if (!older.empty() && ::SSL_CTX_set_cipher_list(native(), joined(older).c_str()) != 1)
        return fail(how_.at, "this system's OpenSSL allows none of the cipher_suites: " + reason());
    if (!newer.empty() && ::SSL_CTX_set_ciphersuites(native(), joined(newer).c_str()) != 1)
        return fail(
            how_.at, "this system's OpenSSL does not have these cipher_suites of TLS 1.3: " + reason()
        );

    std::vector<std::string> curves;
    curves.reserve(how_.curves.size());
    for (auto const& each : how_.curves)
        curves.push_back(each.starts_with("CurveP") ? "P-" + each.substr(6) : each);
    if (!curves.empty() && ::SSL_CTX_set1_groups_list(native(), joined(curves).c_str()) != 1)
        return fail(how_.at, "this system's OpenSSL does not have these curve_preferences: " + reason());
    return true;
}

bool builder::set_certificate() {
    bio const from = reader(from_.certificate);
    x509 const first = next_certificate(from);
    if (!first || ::SSL_CTX_use_certificate(native(), first.get()) != 1)
        return fail(
            how_.certificate.at, "cannot use " + named("certificate", how_.certificate) + ": " + reason()
        );
    while (x509 const each = next_certificate(from))
        ::SSL_CTX_add1_chain_cert(native(), each.get());
    if (!swarm::transport::at_end())
        return fail(
            how_.certificate.at,
            "cannot read the chain of " + named("certificate", how_.certificate) + ": " + reason()
        );
    ::ERR_clear_error();
    return set_key();
}

bool builder::set_key() {
    auto const [key, encrypted] = swarm::transport::read_key(from_.key);
    std::string const name = named("key", how_.key);
    if (encrypted)
        return fail(how_.key.at, name + " is encrypted: expected one without a pass phrase");
    if (!key)
        return fail(how_.key.at, "cannot use " + name + ": " + reason());
    if (::SSL_CTX_use_PrivateKey(native(), key.get()) != 1)
        return fail(
            how_.key.at,
            name + " does not belong to " + named("certificate", how_.certificate) + ": " + reason()
        );
    return true;
}

bool builder::add_authorities() {
    bio const from = reader(from_.client_ca);
    std::size_t count = 0;
    while (x509 const each = next_certificate(from)) {
        ::X509_STORE_add_cert(::SSL_CTX_get_cert_store(native()), each.get());
        ::SSL_CTX_add_client_CA(native(), each.get()); // its name is told to clients, which choose by it
        ++count;
    }
    bool const whole = swarm::transport::at_end();
    std::string const why = reason();
    if (count == 0)
        return fail(how_.client_ca.at, named("client CA", how_.client_ca) + " holds no PEM certificate");
    return whole || fail(how_.client_ca.at, "cannot read " + named("client CA", how_.client_ca) + ": " + why);
}

bool builder::set_clients() {
    if (how_.clients == client_auth::none)
        return true;
    bool const verifies =
        how_.clients == client_auth::verify_if_given || how_.clients == client_auth::require_and_verify;
    bool const needed =
        how_.clients == client_auth::require_any || how_.clients == client_auth::require_and_verify;
    ::SSL_CTX_set_verify(
        native(), SSL_VERIFY_PEER | (needed ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0), judge_client
    );
    if (verifies)
        ::SSL_CTX_set_ex_data(native(), verified_index(), native());
    if (!how_.allowed_names.empty())
        ::SSL_CTX_set_ex_data(native(), allowed_index(), new allowed_list(how_.allowed_names)); // NOLINT
    return how_.client_ca.from.empty() || add_authorities();
}

} // namespace

std::shared_ptr<ssl_ctx_st>
make_listener(tls_settings const& how, tls_material const& from, policy::yaml::fault_sink& faults) {
    return builder(how, from, faults).build();
}

} // namespace autoscaler::server::web
