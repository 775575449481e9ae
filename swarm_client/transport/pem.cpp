#include "swarm_client/transport/pem.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <array>
#include <ctime>

namespace autoscaler::swarm::transport {

namespace {

// Without this, OpenSSL would ask for the pass phrase of a key on the terminal, and wait.
int no_pass_phrase(char* /*to*/, int /*size*/, int /*writing*/, void* asked) {
    *static_cast<bool*>(asked) = true;
    return -1;
}

std::string written(ASN1_TIME const* time) {
    std::tm parts{};
    std::array<char, 32> text{};
    if (::ASN1_TIME_to_tm(time, &parts) != 1 ||
        std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts) == 0)
        return "an unknown time";
    return text.data();
}

} // namespace

bio reader(std::string const& text) {
    return bio(::BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

x509 next_certificate(bio const& from) {
    return x509(::PEM_read_bio_X509(from.get(), nullptr, nullptr, nullptr));
}

bool at_end() {
    return ERR_GET_REASON(::ERR_peek_last_error()) == PEM_R_NO_START_LINE;
}

std::string validity_fault(x509 const& certificate) {
    ASN1_TIME const* const end = ::X509_get0_notAfter(certificate.get());
    ASN1_TIME const* const begin = ::X509_get0_notBefore(certificate.get());
    if (::X509_cmp_current_time(end) < 0)
        return "it expired at " + written(end);
    if (::X509_cmp_current_time(begin) > 0)
        return "it is not valid before " + written(begin);
    return "";
}

key_found read_key(std::string const& text) {
    key_found found;
    bio const from = reader(text);
    found.key.reset(::PEM_read_bio_PrivateKey(from.get(), nullptr, no_pass_phrase, &found.encrypted));
    return found;
}

std::string reason() {
    char const* const words = ::ERR_reason_error_string(::ERR_peek_last_error());
    ::ERR_clear_error();
    return words != nullptr ? words : "unknown error";
}

} // namespace autoscaler::swarm::transport
