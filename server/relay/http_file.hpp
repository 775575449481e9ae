// The file of --cluster.http-config-file: how peers are reached, in the format of Prometheus' http_config.
// Pure: text in, values or located faults out.
#pragma once

#include "policy/core/http_config.hpp"
#include "policy/yaml/fault.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace autoscaler::server::relay {

struct loaded_http_config {
    std::optional<policy::http_config> made; // nothing where a fault is an error
    std::vector<policy::fault> faults;
};

// `file` names it in the faults; relative paths in it begin in its folder. Faults never show secrets.
loaded_http_config load_http_config(std::string_view text, std::string const& file);

} // namespace autoscaler::server::relay
