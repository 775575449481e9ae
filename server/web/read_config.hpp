// Reads the file of --web.config.file: text in, values or located faults out. Pure.
#pragma once

#include "policy/yaml/fault_sink.hpp"
#include "policy/yaml/node.hpp"
#include "server/web/config.hpp"

#include <optional>
#include <string_view>

namespace autoscaler::server::web {

// `text` is that of `faults`. Nothing where a fault is an error. Faults never show hashes or keys.
std::optional<config> read_config(std::string_view text, policy::yaml::fault_sink& faults);

// `tls_server_config`.
tls_settings read_tls_settings(policy::yaml::node const& value, policy::yaml::fault_sink& faults);

// `http_server_config`: the fields of every answer.
std::vector<std::pair<std::string, std::string>>
read_http_settings(policy::yaml::node const& value, policy::yaml::fault_sink& faults);

// The texts of a list; `what` is its key.
std::vector<std::string>
read_list(policy::yaml::node const& value, std::string const& what, policy::yaml::fault_sink& faults);

} // namespace autoscaler::server::web
