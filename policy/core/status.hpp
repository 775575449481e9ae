// The state of one service as the API and the metrics show it. Values only.
#pragma once

#include "policy/core/decision.hpp"
#include "policy/core/pause.hpp"
#include "policy/core/scale.hpp"
#include "policy/core/service_view.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace autoscaler::policy {

struct rule_status {
    std::string policy;
    std::string rule;
    time_point since; // start of the episode
    std::optional<time_point> acted;
};

struct service_status {
    std::string service; // as the policy writes it
    std::vector<std::string> policies;
    std::optional<service_view> view; // none: not seen yet, or gone
    std::string error;                // why there is no view
    // What keeps tasks of the last step up from running, and since when it is known: as last counted, also
    // while no rule wants another step.
    stuck_state stuck = stuck_state::none;
    std::optional<time_point> stuck_since;
    // The pause in force that the API has made; that of the service's own label is `view->pause`, and both
    // hold.
    std::optional<service_pause> pause;
    std::int64_t wanted = 0; // what the last decision wants, also where it is withheld
    replica_bounds bounds;
    std::vector<rule_status> active_rules;
    std::optional<time_point> cooldown_up_until;   // while it is closed
    std::optional<time_point> cooldown_down_until; // while it is closed
    std::optional<decision> last_decision;         // of the live policies, else of the first in dry run
};

} // namespace autoscaler::policy
