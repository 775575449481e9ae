// The names in a certificate, as texts. Brings no OpenSSL header in.
#pragma once

#include <string>
#include <vector>

struct x509_st; // OpenSSL's X509

namespace autoscaler::server::http {

// Alternative names: DNS names, e-mail addresses, IP addresses and URIs. One with a NUL in it is left out: it
// says one thing to us and another to its reader.
std::vector<std::string> alternative_names(x509_st const* certificate);

// The subject's common name; "" where there is none.
std::string common_name(x509_st const* certificate);

} // namespace autoscaler::server::http
