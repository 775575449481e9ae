// TLS to an engine: from the files of an endpoint to what a handshake needs, and from what TLS says to one of
// our errors. Texts name files, never what is in them.
#pragma once

#include "swarm_client/endpoint.hpp"
#include "swarm_client/error.hpp"
#include "swarm_client/transport/fault.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace autoscaler::swarm {

namespace transport {
struct tls_context;
}

// Reads the files and checks that they fit together.
transport::result<std::shared_ptr<transport::tls_context>> make_tls(tls_files const& files);

// What keeps the files of this endpoint from serving, or "". For the start of a program.
std::string fault_of_tls_files(endpoint const& where);

// Kind and message of what went wrong before the first request.
error to_error(transport::fault const& what, endpoint const& where);

// The same of an engine that does not take the certificate; `said` are its words.
error certificate_refused(endpoint const& where, std::string_view said);

} // namespace autoscaler::swarm
