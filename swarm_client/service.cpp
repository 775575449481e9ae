#include "swarm_client/service.hpp"

#include <array>
#include <utility>

namespace autoscaler::swarm {

namespace {

constexpr std::array<std::pair<std::string_view, update_state>, 6> update_words{{
    {"updating", update_state::updating},
    {"paused", update_state::paused},
    {"completed", update_state::completed},
    {"rollback_started", update_state::rollback_started},
    {"rollback_paused", update_state::rollback_paused},
    {"rollback_completed", update_state::rollback_completed},
}};

} // namespace

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
    case service_mode::unknown:
        return "unknown";
    }
    return "unknown";
}

std::string_view to_string(update_state state) {
    if (state == update_state::none)
        return "none";
    for (auto const& [word, value] : update_words)
        if (value == state)
            return word;
    return "unknown";
}

update_state parse_update_state(std::string_view text) {
    if (text.empty())
        return update_state::none;
    for (auto const& [word, value] : update_words)
        if (word == text)
            return value;
    return update_state::unknown;
}

std::string_view to_string(failure_action action) {
    switch (action) {
    case failure_action::pause_update:
        return "pause";
    case failure_action::continue_update:
        return "continue";
    case failure_action::roll_back:
        return "rollback";
    case failure_action::unknown:
        return "unknown";
    }
    return "unknown";
}

std::string_view to_string(stuck_tasks stuck) {
    switch (stuck) {
    case stuck_tasks::none:
        return "none";
    case stuck_tasks::unschedulable:
        return "unschedulable";
    case stuck_tasks::crash_looping:
        return "crash_looping";
    }
    return "none";
}

} // namespace autoscaler::swarm
