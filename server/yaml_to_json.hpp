// YAML as JSON, for files whose own reader takes JSON. Pure.
#pragma once

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>
#include <variant>

namespace autoscaler::server {

// Scalars become numbers and booleans where JSON would write them so and they stand unquoted, else strings.
// Or what is wrong with the text, as FILE:LINE:COLUMN: error: TEXT; duplicate keys and aliases are refused.
std::variant<nlohmann::json, std::string> yaml_to_json(std::string_view text, std::string const& file);

} // namespace autoscaler::server
