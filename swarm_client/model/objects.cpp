#include "swarm_client/model/objects.hpp"

#include <algorithm>

namespace autoscaler::swarm::model {

std::string_view to_string(task_state state) {
    switch (state) {
    case task_state::fresh:
        return "new";
    case task_state::pending:
        return "pending";
    case task_state::assigned:
        return "assigned";
    case task_state::preparing:
        return "preparing";
    case task_state::ready:
        return "ready";
    case task_state::starting:
        return "starting";
    case task_state::running:
        return "running";
    case task_state::complete:
        return "complete";
    case task_state::shutdown:
        return "shutdown";
    case task_state::failed:
        return "failed";
    case task_state::rejected:
        return "rejected";
    case task_state::remove:
        return "remove";
    }
    return "";
}

std::string_view to_string(update_state state) {
    switch (state) {
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

std::string_view to_string(node_role role) {
    return role == node_role::manager ? "manager" : "worker";
}

std::string_view to_string(node_state state) {
    return state == node_state::ready ? "ready" : "down";
}

std::string_view to_string(availability value) {
    switch (value) {
    case availability::active:
        return "active";
    case availability::pause:
        return "pause";
    case availability::drain:
        return "drain";
    }
    return "";
}

std::string_view to_string(object_type type) {
    switch (type) {
    case object_type::service:
        return "service";
    case object_type::node:
        return "node";
    case object_type::config:
        return "config";
    }
    return "";
}

std::string_view to_string(change what) {
    switch (what) {
    case change::create:
        return "create";
    case change::update:
        return "update";
    case change::remove:
        return "remove";
    }
    return "";
}

namespace {

std::string_view trimmed(std::string_view text) {
    auto const first = text.find_first_not_of(' ');
    if (first == std::string_view::npos)
        return {};
    return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

// The value a constraint looks at; "" where the node has none, as swarmkit compares it.
std::string_view attribute(node const& candidate, std::string_view key) {
    constexpr std::string_view labels = "node.labels.";
    if (key == "node.id")
        return candidate.id;
    if (key == "node.hostname")
        return candidate.hostname;
    if (key == "node.role")
        return to_string(candidate.role);
    if (key == "node.platform.os")
        return "linux";
    if (key == "node.platform.arch")
        return "x86_64";
    if (key.starts_with(labels)) {
        auto const found = candidate.labels.find(key.substr(labels.size()));
        return found == candidate.labels.end() ? std::string_view{} : std::string_view{found->second};
    }
    return {};
}

bool satisfied(node const& candidate, std::string_view constraint) {
    bool wanted = true;
    auto at = constraint.find("==");
    if (at == std::string_view::npos) {
        at = constraint.find("!=");
        wanted = false;
    }
    if (at == std::string_view::npos)
        return false;
    auto const key = trimmed(constraint.substr(0, at));
    auto const value = trimmed(constraint.substr(at + 2));
    return (attribute(candidate, key) == value) == wanted;
}

} // namespace

bool satisfies(node const& candidate, std::vector<std::string> const& constraints) {
    return std::ranges::all_of(constraints, [&](std::string const& one) {
        return satisfied(candidate, one);
    });
}

} // namespace autoscaler::swarm::model
