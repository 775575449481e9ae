// TLS of a client: certificates, key and rules, ready for handshakes. Takes PEM texts, reads no file; errors
// name a part as the caller names it, and never show content.
#pragma once

#include "swarm_client/transport/fault.hpp"

#include <boost/asio/ssl/context.hpp>

#include <memory>
#include <optional>
#include <string>

namespace autoscaler::swarm::transport {

enum class tls_version { tls10, tls11, tls12, tls13 };

// A PEM text and what errors call it, such as: the key in "/certs/key.pem".
struct tls_part {
    std::string text;
    std::string name;

    friend bool operator==(tls_part const&, tls_part const&) = default;
};

// What a context is made of: two that are equal make equal contexts.
struct tls_material {
    tls_part ca; // "" = the system's
    tls_part certificate;
    tls_part key;            // of the certificate; both or none
    std::string server_name; // that the server's certificate must have; "" = the host that is dialled
    bool verify = true;
    tls_version min_version = tls_version::tls12;
    std::optional<tls_version> max_version;

    friend bool operator==(tls_material const&, tls_material const&) = default;
};

struct tls_context {
    boost::asio::ssl::context native;
    tls_material made_of;
};

// Faults are of kind `file` or `invalid`.
result<std::shared_ptr<tls_context>> make_tls_context(tls_material made_of);

} // namespace autoscaler::swarm::transport
