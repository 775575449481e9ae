// `http_headers` of an http_config.
#pragma once

#include "policy/yaml/fault_sink.hpp"
#include "policy/yaml/node.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace autoscaler::policy::yaml {

// Names and values in file order: a text for each name, or Prometheus' map of lists `values` and `secrets`.
std::vector<std::pair<std::string, std::string>>
read_headers(node const& value, std::string const& what, fault_sink& faults);

// A token of HTTP: what a header's name may be.
bool is_header_name(std::string_view text);

// Text that can stand in a header: a line break in it would begin another.
bool is_header_text(std::string_view text);

} // namespace autoscaler::policy::yaml
