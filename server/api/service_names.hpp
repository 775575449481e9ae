// Which service somebody means by a name. Pure; internal to this room.
#pragma once

#include "policy/core/status.hpp"
#include "server/http/message.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace autoscaler::server::api {

// The services that `name` means. The full name, or the name as a policy writes it, means one; failing these,
// a name without its stack means every service that has it.
std::vector<policy::service_status const*>
find_services(std::span<policy::service_status const> all, std::string_view name);

// The answer where they are several.
http::response ambiguous(std::string_view name, std::span<policy::service_status const* const> found);

// Every name under which decisions about `name` are on record: before a service was seen, they bear the name
// that the policy writes.
std::vector<std::string> recorded_names(std::span<policy::service_status const> all, std::string_view name);

} // namespace autoscaler::server::api
