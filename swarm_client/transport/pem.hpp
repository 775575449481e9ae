// OpenSSL's objects, each with an owner, and PEM text read into them. Brings OpenSSL's headers along, so it
// is for .cpp files. Pure but for OpenSSL's queue of errors, which belongs to the calling thread.
#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string>

namespace autoscaler::swarm::transport {

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

// Reads `text`, which outlives it.
bio reader(std::string const& text);

// The next certificate; null where there is none, or one that cannot be read: at_end() and reason() tell.
x509 next_certificate(bio const& from);

// Whether next_certificate() has found no further one, rather than a bad one.
bool at_end();

// "it expired at 2026-01-02T03:04:05Z", or from when on it will be valid; "" where it is valid now.
std::string validity_fault(x509 const& certificate);

struct key_found {
    private_key key; // null: reason() tells
    bool encrypted = false;
};

// Never asks for a pass phrase: where one is needed, the key is null.
key_found read_key(std::string const& text);

// OpenSSL's own words for what went wrong last; empties its queue.
std::string reason();

} // namespace autoscaler::swarm::transport
