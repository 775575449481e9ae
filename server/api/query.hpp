// The query of a request: percent-decoding and parameters, strictly. Pure functions on text that anybody may
// have written.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace autoscaler::server::api {

// Undoes percent-encoding. Nothing where an escape is broken or the result is not UTF-8.
std::optional<std::string> decode(std::string_view text);

// Name and value, decoded, in their order; '+' stands for a space. No name comes twice.
using parameters = std::vector<std::pair<std::string, std::string>>;

// The parameters, or what is wrong with the query.
std::variant<parameters, std::string> parse_query(std::string_view query);

} // namespace autoscaler::server::api
