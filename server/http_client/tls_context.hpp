// TLS as policy::tls_config asks for it: certificates, key and rules, ready for handshakes. Rebuilt when a
// text or the content of a file has changed. Private to server/http_client, as it brings OpenSSL in.
#pragma once

#include "policy/core/http_config.hpp"
#include "server/http_client/message.hpp"

#include <boost/asio/ssl/context.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace autoscaler::server::http_client {

// What a context is made of: two that are equal make equal contexts.
struct tls_material {
    std::string ca; // PEM; "" = the system's
    std::string certificate;
    std::string key;
    std::string server_name;
    bool verify = true;
    policy::tls_version min_version = policy::tls_version::tls12;
    std::optional<policy::tls_version> max_version;

    friend bool operator==(tls_material const&, tls_material const&) = default;
};

struct tls_context {
    boost::asio::ssl::context native;
    tls_material made_of;
};

class tls_contexts {
public:
    // Reads the files. The same context as before where nothing has changed. Errors are of kind `secret` or
    // `invalid`; they name the file or setting and OpenSSL's reason, never content.
    result<std::shared_ptr<tls_context>> get(policy::tls_config const& how);

private:
    std::vector<std::shared_ptr<tls_context>> kept_; // the one used last at the end
};

} // namespace autoscaler::server::http_client
