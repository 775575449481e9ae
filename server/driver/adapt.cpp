#include "server/driver/adapt.hpp"

#include "policy/core/scale.hpp"
#include "server/driver/state_label.hpp"
#include "server/text/time.hpp"

#include <algorithm>

namespace autoscaler::server {

namespace {

policy::service_mode adapt(swarm::service_mode mode) {
    switch (mode) {
    case swarm::service_mode::replicated:
        return policy::service_mode::replicated;
    case swarm::service_mode::global:
        return policy::service_mode::global;
    case swarm::service_mode::replicated_job:
        return policy::service_mode::replicated_job;
    case swarm::service_mode::global_job:
        return policy::service_mode::global_job;
    case swarm::service_mode::unknown:
        return policy::service_mode::other;
    }
    return policy::service_mode::other;
}

policy::update_state adapt(swarm::update_state state) {
    switch (state) {
    case swarm::update_state::none:
        return policy::update_state::none;
    case swarm::update_state::updating:
        return policy::update_state::updating;
    case swarm::update_state::paused:
        return policy::update_state::paused;
    case swarm::update_state::completed:
        return policy::update_state::completed;
    case swarm::update_state::rollback_started:
        return policy::update_state::rollback_started;
    case swarm::update_state::rollback_paused:
        return policy::update_state::rollback_paused;
    case swarm::update_state::rollback_completed:
        return policy::update_state::rollback_completed;
    case swarm::update_state::unknown: // a word that we do not know may mean anything: hands off
        return policy::update_state::updating;
    }
    return policy::update_state::updating;
}

policy::stuck_state adapt(swarm::stuck_tasks stuck) {
    switch (stuck) {
    case swarm::stuck_tasks::none:
        return policy::stuck_state::none;
    case swarm::stuck_tasks::unschedulable:
        return policy::stuck_state::unschedulable;
    case swarm::stuck_tasks::crash_looping:
        return policy::stuck_state::crash_looping;
    }
    return policy::stuck_state::none;
}

std::optional<policy::service_state> state_of(swarm::label_map const& labels) {
    auto const found = labels.find(state_label_name);
    return found == labels.end() ? std::nullopt : decode_state(found->second);
}

// The engine accepts counts that no arithmetic of ours survives; far above every bound they are all alike.
std::int64_t capped(std::uint64_t replicas) {
    return static_cast<std::int64_t>(
        std::min<std::uint64_t>(replicas, static_cast<std::uint64_t>(policy::max_count))
    );
}

} // namespace

policy::pause_mode pause_of(std::string_view label, policy::time_point now) {
    auto const at = label.find('@');
    auto const direction = label.substr(0, at);
    std::optional<policy::time_point> end;
    if (at != std::string_view::npos) {
        end = text::parse_rfc3339(label.substr(at + 1));
        if (!end)
            return policy::pause_mode::both;
    }
    policy::pause_mode mode = policy::pause_mode::both;
    if (direction == "up")
        mode = policy::pause_mode::up;
    else if (direction == "down")
        mode = policy::pause_mode::down;
    else if (direction != "both")
        return policy::pause_mode::both;
    return end && *end <= now ? policy::pause_mode::none : mode;
}

policy::service_view
adapt(swarm::service const& from, std::optional<swarm::task_counts> const& tasks, policy::time_point now) {
    policy::service_view view;
    view.id = from.id;
    view.name = from.name;
    view.version = from.version;
    view.mode = adapt(from.mode);
    view.replicas = capped(from.replicas);
    if (tasks) {
        view.running = static_cast<std::int64_t>(tasks->running);
        view.stuck = adapt(tasks->stuck);
    }
    view.update = adapt(from.update);
    view.deploy_in_flight = from.deploy_in_flight;
    // A word that we do not know may mean a rollback.
    view.rollback_at_risk = from.on_failure != swarm::failure_action::continue_update;
    view.template_digest = from.task_template_fingerprint;
    auto const enable = from.labels.find(enable_label_name);
    view.opted_in = enable != from.labels.end() && enable->second == "true";
    if (auto const pause = from.labels.find(pause_label_name); pause != from.labels.end())
        view.pause = pause_of(pause->second, now);
    view.state = state_of(from.labels);
    if (from.previous) {
        view.previous_state = state_of(from.previous->labels);
        if (from.previous->replicas)
            view.previous_replicas = capped(*from.previous->replicas);
        view.previous_template_digest = from.previous->task_template_fingerprint;
    }
    // A label is written over an older version than it stands in. One of another Swarm, out of an exported
    // spec, says nothing here.
    for (auto* const state : {&view.state, &view.previous_state})
        if (*state && (*state)->over_version >= view.version)
            (*state)->over_version = 0;
    return view;
}

} // namespace autoscaler::server
