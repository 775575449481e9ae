// Whether a text is the address of an HTTP server.
#pragma once

#include "policy/yaml/fault_sink.hpp"
#include "policy/yaml/node.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace autoscaler::policy::yaml {

// An address with http or https, a host, and nothing that would be lost or leak: no fragment, no name and
// password (they have keys of their own, and an address stands in log lines). Faults show neither of the two
// nor, of a `secret_path`, more than the host.
std::optional<std::string>
read_url(node const& value, std::string_view what, fault_sink& faults, bool secret_path = false);

// The same of a server's address that paths are put behind: it has no query.
std::optional<std::string> read_base_url(node const& value, std::string_view what, fault_sink& faults);

} // namespace autoscaler::policy::yaml
