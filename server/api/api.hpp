// Our own API and the management paths: pure functions from values to answers. Who routes a path here, and
// where the values come from, is not known here. Errors have the shape {"error":"...","details":[...]}.
#pragma once

#include "policy/core/policy.hpp"
#include "policy/core/status.hpp"
#include "policy/core/time.hpp"
#include "server/http/message.hpp"
#include "server/journal/journal.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace autoscaler::server::api {

// GET /autoscaler/v1/services.
http::response services(std::span<policy::service_status const> all);

// GET /autoscaler/v1/services/NAME. `name` is still percent-encoded; it is the full name, the name as a
// policy writes it, or, where only one service has it, the name without its stack.
http::response service(std::span<policy::service_status const> all, std::string_view name);

// GET /autoscaler/v1/decisions. `query` is still percent-encoded: service (any of the names above), reason,
// since (RFC 3339, or a duration back from `now`), limit.
http::response decisions(
    journal const& from,
    std::span<policy::service_status const> services,
    std::string_view query,
    policy::time_point now
);

inline constexpr std::size_t default_decisions = 100;
inline constexpr std::size_t most_decisions = 1000;

// GET /autoscaler/v1/policies. `file` is where they were read from, `loaded` when.
http::response policies(policy::policy_set const& loaded, std::string_view file, policy::time_point when);

// GET /-/healthy: whoever can answer is healthy.
http::response healthy();

struct readiness {
    bool ready = false;
    std::string cause; // why not
};

// GET /-/ready: 200, or 503 with the cause.
http::response ready(readiness const& now);

// POST /-/reload: 200, or 500 with every line of `faults`, one fault each. No faults: it went well.
http::response reloaded(std::span<std::string const> faults);

// An error of this API.
http::response fail(unsigned status, std::string_view error, std::span<std::string const> details = {});

} // namespace autoscaler::server::api
