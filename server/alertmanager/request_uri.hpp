// Whether a text passes as generatorURL.
#pragma once

#include <string_view>

namespace autoscaler::server::alertmanager {

// As Go's url.ParseRequestURI, which Alertmanager asks. "" does not pass; there it means "not said".
bool is_request_uri(std::string_view text);

} // namespace autoscaler::server::alertmanager
