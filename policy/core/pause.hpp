// A pause of one service, made by the API: it holds beside whatever the service's own label says. Values and
// pure functions; time is an argument.
#pragma once

#include "policy/core/service_view.hpp"
#include "policy/core/time.hpp"

#include <optional>
#include <string>

namespace autoscaler::policy {

struct service_pause {
    std::string service; // the full name
    pause_mode mode = pause_mode::both;
    std::optional<time_point> until; // none: until it is lifted
    std::string comment;
    time_point updated_at;

    friend bool operator==(service_pause const&, service_pause const&) = default;
};

bool in_force(service_pause const& which, time_point now);

// Both at the same time.
pause_mode combine(pause_mode a, pause_mode b);

} // namespace autoscaler::policy
