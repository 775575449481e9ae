#include "policy/core/decision.hpp"

namespace autoscaler::policy {

std::string_view to_string(decided_action action) {
    switch (action) {
    case decided_action::up:
        return "up";
    case decided_action::down:
        return "down";
    case decided_action::hold:
        return "hold";
    case decided_action::restart:
        return "restart";
    case decided_action::webhook:
        return "webhook";
    }
    return "";
}

bool same_outcome(decision const& a, decision const& b) {
    return a.action == b.action && a.why == b.why && a.from == b.from && a.to == b.to && a.would == b.would &&
           a.policy == b.policy && a.rule == b.rule && a.error == b.error;
}

} // namespace autoscaler::policy
