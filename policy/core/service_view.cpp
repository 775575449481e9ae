#include "policy/core/service_view.hpp"

namespace autoscaler::policy {

std::string_view to_string(service_mode mode) {
    switch (mode) {
    case service_mode::replicated:
        return "replicated";
    case service_mode::global:
        return "global";
    case service_mode::replicated_job:
        return "replicated-job";
    case service_mode::global_job:
        return "global-job";
    case service_mode::other:
        return "other";
    }
    return "";
}

std::string_view to_string(update_state state) {
    switch (state) {
    case update_state::none:
        return "";
    case update_state::updating:
        return "updating";
    case update_state::paused:
        return "paused";
    case update_state::completed:
        return "completed";
    case update_state::rollback_started:
        return "rollback_started";
    case update_state::rollback_paused:
        return "rollback_paused";
    case update_state::rollback_completed:
        return "rollback_completed";
    }
    return "";
}

std::string_view to_string(pause_mode pause) {
    switch (pause) {
    case pause_mode::none:
        return "none";
    case pause_mode::up:
        return "up";
    case pause_mode::down:
        return "down";
    case pause_mode::both:
        return "both";
    }
    return "";
}

std::string_view to_string(stuck_state stuck) {
    switch (stuck) {
    case stuck_state::none:
        return "none";
    case stuck_state::unschedulable:
        return "unschedulable";
    case stuck_state::crash_looping:
        return "crash_looping";
    }
    return "";
}

bool in_rollout(update_state state) {
    return state == update_state::updating || state == update_state::paused ||
           state == update_state::rollback_started || state == update_state::rollback_paused;
}

bool is_rollback(update_state state) {
    return state == update_state::rollback_started || state == update_state::rollback_paused ||
           state == update_state::rollback_completed;
}

} // namespace autoscaler::policy
