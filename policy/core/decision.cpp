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

} // namespace autoscaler::policy
