#include "policy/core/reason.hpp"

namespace autoscaler::policy {

std::string_view to_string(reason why) {
    switch (why) {
    case reason::alert:
        return "alert";
    case reason::give_back:
        return "return";
    case reason::resolved:
        return "resolved";
    case reason::bounds_max:
        return "bounds_max";
    case reason::bounds_min:
        return "bounds_min";
    case reason::no_signal:
        return "no_signal";
    case reason::no_policy:
        return "no_policy";
    case reason::for_pending:
        return "for_pending";
    case reason::already_acted:
        return "already_acted";
    case reason::veto:
        return "veto";
    case reason::cooldown_up:
        return "cooldown_up";
    case reason::cooldown_down:
        return "cooldown_down";
    case reason::not_converged:
        return "not_converged";
    case reason::source_lost:
        return "source_lost";
    case reason::at_max:
        return "at_max";
    case reason::at_min:
        return "at_min";
    case reason::bounds_conflict:
        return "bounds_conflict";
    case reason::update_in_progress:
        return "update_in_progress";
    case reason::paused:
        return "paused";
    case reason::dry_run:
        return "dry_run";
    case reason::lost_race:
        return "lost_race";
    case reason::service_not_found:
        return "service_not_found";
    case reason::not_replicated:
        return "not_replicated";
    case reason::disabled_at_zero:
        return "disabled_at_zero";
    case reason::swarm_unavailable:
        return "swarm_unavailable";
    }
    return "";
}

} // namespace autoscaler::policy
