// The TLS side of a listener, made of settings and the content of their files. The only part of this room
// that knows OpenSSL's SSL. Opens no file.
#pragma once

#include "policy/yaml/fault_sink.hpp"
#include "server/web/config.hpp"

#include <memory>
#include <string>

struct ssl_ctx_st;

namespace autoscaler::server::web {

// PEM texts.
struct tls_material {
    std::string certificate; // with its chain
    std::string key;
    std::string client_ca;
};

// Null where something does not fit, with the fault at the place of its setting: OpenSSL's reason, never
// content. HTTP/1.1 alone is offered; no renegotiation, no tickets: connections are few and long, so each may
// prove itself anew.
std::shared_ptr<ssl_ctx_st>
make_listener(tls_settings const& how, tls_material const& from, policy::yaml::fault_sink& faults);

} // namespace autoscaler::server::web
