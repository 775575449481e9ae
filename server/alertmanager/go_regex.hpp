// Why a text is no regular expression, in the words of Go's regexp package. No state.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace autoscaler::server::alertmanager {

// Nothing where `pattern` is fine. RE2 is Go's sister and finds the same faults; only its words differ.
std::optional<std::string> regex_fault(std::string_view pattern);

// Of a pattern that Alertmanager compiles anchored, and we do not.
std::string anchored_regex_fault(std::string_view pattern);

} // namespace autoscaler::server::alertmanager
