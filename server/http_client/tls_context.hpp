// TLS as policy::tls_config asks for it. Made anew when a text or the content of a file has changed. Private
// to server/http_client, as it brings OpenSSL in.
#pragma once

#include "policy/core/http_config.hpp"
#include "server/http_client/message.hpp"
#include "swarm_client/transport/tls_context.hpp"

#include <memory>
#include <vector>

namespace autoscaler::server::http_client {

using swarm::transport::tls_context;

class tls_contexts {
public:
    // Reads the files. The same context as before where nothing has changed. Errors are of kind `secret` or
    // `invalid`; they name the file or setting and OpenSSL's reason, never content.
    result<std::shared_ptr<tls_context>> get(policy::tls_config const& how);

private:
    std::vector<std::shared_ptr<tls_context>> kept_; // the one used last at the end
};

} // namespace autoscaler::server::http_client
