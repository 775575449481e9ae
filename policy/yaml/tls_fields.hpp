// `tls_config` of an http_config.
#pragma once

#include "policy/core/http_config.hpp"
#include "policy/yaml/fault_sink.hpp"
#include "policy/yaml/node.hpp"

#include <string>

namespace autoscaler::policy::yaml {

// `what` is the key in texts. Certificates are not looked at, files are not opened.
tls_config read_tls(node const& value, std::string const& what, fault_sink& faults);

} // namespace autoscaler::policy::yaml
