#include "support/test_authority.hpp"

#include "support/catch.hpp"
#include "swarm_client/transport/pem.hpp"

#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace autoscaler::test {

using swarm::transport::bio;
using swarm::transport::private_key;
using swarm::transport::x509;

namespace {

std::string text_of(bio const& from) {
    char* data = nullptr;
    long const size = ::BIO_get_mem_data(from.get(), &data);
    return {data, static_cast<std::size_t>(size)};
}

bio memory() {
    return bio(::BIO_new(::BIO_s_mem()));
}

void extend(X509* certificate, int kind, std::string const& value) {
    X509_EXTENSION* const made = ::X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str());
    REQUIRE(made != nullptr);
    ::X509_add_ext(certificate, made, -1);
    ::X509_EXTENSION_free(made);
}

x509 blank(std::string const& name, EVP_PKEY* key, std::chrono::seconds validity) {
    static long serial = 1;
    x509 made(::X509_new());
    ::X509_set_version(made.get(), X509_VERSION_3);
    ::ASN1_INTEGER_set(::X509_get_serialNumber(made.get()), serial++);
    constexpr long hour = 3600;
    ::X509_gmtime_adj(::X509_getm_notBefore(made.get()), -hour);
    ::X509_gmtime_adj(::X509_getm_notAfter(made.get()), static_cast<long>(validity.count()) - hour);
    ::X509_NAME_add_entry_by_txt(
        ::X509_get_subject_name(made.get()),
        "CN",
        MBSTRING_ASC,
        reinterpret_cast<unsigned char const*>(name.c_str()),
        -1,
        -1,
        0
    );
    ::X509_set_pubkey(made.get(), key);
    return made;
}

std::string pem(X509* certificate) {
    bio const out = memory();
    ::PEM_write_bio_X509(out.get(), certificate);
    return text_of(out);
}

} // namespace

struct test_authority::state {
    private_key key{::EVP_EC_gen("P-256")};
    x509 own;
    std::string text;
};

test_authority::test_authority() : state_(std::make_unique<state>()) {
    static int count = 0; // an issuer is looked for by its name
    state_->own =
        blank("test authority " + std::to_string(++count), state_->key.get(), std::chrono::hours(24));
    X509* const own = state_->own.get();
    ::X509_set_issuer_name(own, ::X509_get_subject_name(own));
    extend(own, NID_basic_constraints, "critical,CA:TRUE");
    REQUIRE(::X509_sign(own, state_->key.get(), ::EVP_sha256()) != 0);
    state_->text = pem(own);
}

test_authority::~test_authority() = default;

std::string const& test_authority::certificate() const {
    return state_->text;
}

identity test_authority::issue(
    std::string const& names, std::chrono::seconds validity, std::string const& usage
) const {
    private_key const key(::EVP_EC_gen("P-256"));
    x509 const made = blank("localhost", key.get(), validity);
    ::X509_set_issuer_name(made.get(), ::X509_get_subject_name(state_->own.get()));
    extend(made.get(), NID_subject_alt_name, names);
    if (!usage.empty())
        extend(made.get(), NID_ext_key_usage, usage);
    REQUIRE(::X509_sign(made.get(), state_->key.get(), ::EVP_sha256()) != 0);
    bio const out = memory();
    ::PEM_write_bio_PrivateKey(out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    return {pem(made.get()), text_of(out)};
}

} // namespace autoscaler::test
