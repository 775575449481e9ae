#include "server/http/certificate.hpp"

#include <boost/asio/ip/address.hpp>
#include <openssl/x509v3.h>

#include <algorithm>
#include <memory>

namespace autoscaler::server::http {

namespace {

struct names_freed {
    void operator()(GENERAL_NAMES* names) const { ::GENERAL_NAMES_free(names); }
};

std::string text_of(ASN1_STRING const* from) {
    auto const* const bytes = ::ASN1_STRING_get0_data(from);
    std::string text(bytes, bytes + ::ASN1_STRING_length(from));
    return text.find('\0') == std::string::npos ? text : std::string{};
}

std::string address_of(ASN1_OCTET_STRING const* from) {
    auto const* const bytes = ::ASN1_STRING_get0_data(from);
    auto const size = static_cast<std::size_t>(::ASN1_STRING_length(from));
    boost::asio::ip::address_v4::bytes_type four{};
    boost::asio::ip::address_v6::bytes_type sixteen{};
    if (size == four.size()) {
        std::copy_n(bytes, size, four.begin());
        return boost::asio::ip::address_v4(four).to_string();
    }
    if (size != sixteen.size())
        return {};
    std::copy_n(bytes, size, sixteen.begin());
    return boost::asio::ip::address_v6(sixteen).to_string();
}

} // namespace

std::vector<std::string> alternative_names(x509_st const* certificate) {
    std::vector<std::string> found;
    std::unique_ptr<GENERAL_NAMES, names_freed> const names(
        static_cast<GENERAL_NAMES*>(::X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr))
    );
    for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
        int kind = 0;
        void const* const value = ::GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names.get(), i), &kind);
        std::string text;
        if (kind == GEN_DNS || kind == GEN_EMAIL || kind == GEN_URI)
            text = text_of(static_cast<ASN1_STRING const*>(value));
        else if (kind == GEN_IPADD)
            text = address_of(static_cast<ASN1_OCTET_STRING const*>(value));
        if (!text.empty())
            found.push_back(std::move(text));
    }
    return found;
}

std::string common_name(x509_st const* certificate) {
    X509_NAME const* const subject = ::X509_get_subject_name(certificate);
    int const at = ::X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
    if (at < 0)
        return {};
    unsigned char* utf8 = nullptr;
    int const size =
        ::ASN1_STRING_to_UTF8(&utf8, ::X509_NAME_ENTRY_get_data(::X509_NAME_get_entry(subject, at)));
    if (size < 0)
        return {};
    std::string name(utf8, utf8 + size);
    ::OPENSSL_free(utf8);
    return name.find('\0') == std::string::npos ? name : std::string{};
}

} // namespace autoscaler::server::http
