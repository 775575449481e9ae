// The `filter` of a query: one matcher as text, read and refused as Alertmanager 0.25 does. No state.
#pragma once

#include "policy/core/matcher.hpp"

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace autoscaler::server::alertmanager {

// More filters in one query are refused: each may be a regular expression that every alert is held against.
inline constexpr std::size_t most_filters = 100;

// `name="value"`, also unquoted, with one of = != =~ !~, spaces around the tokens, \" \\ \n within quotes. As
// in later versions, a name in quotes where it is none of [a-zA-Z_:][a-zA-Z0-9_:]*. Returns the matcher, or
// Alertmanager's words for what is wrong.
std::variant<policy::matcher, std::string> read_filter(std::string_view text);

// All of a query, or the first fault.
std::variant<std::vector<policy::matcher>, std::string>
read_filters(std::vector<std::string_view> const& texts);

} // namespace autoscaler::server::alertmanager
