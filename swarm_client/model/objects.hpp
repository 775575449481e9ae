// The objects of a Swarm as its managers store them: service, task, node, and the events that tell of their
// changes. Values only; cluster owns them and is the only one to change them.
#pragma once

#include "swarm_client/model/spec.hpp"

#include <compare>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace autoscaler::swarm::model {

// Ordered as swarmkit orders them: what lies behind `running` has ended.
enum class task_state {
    fresh, // "new" to the API.
    pending,
    assigned,
    preparing,
    ready,
    starting,
    running,
    complete,
    shutdown,
    failed,
    rejected,
    remove,
};

std::string_view to_string(task_state state);

constexpr bool ended(task_state state) {
    return state > task_state::running;
}

enum class update_state {
    updating,
    paused,
    completed,
    rollback_started,
    rollback_paused,
    rollback_completed
};

std::string_view to_string(update_state state);

struct update_status {
    update_state state{};
    std::optional<time_point> started_at;
    std::optional<time_point> completed_at;
    std::string message;
};

struct service {
    std::uint64_t number{}; // Order of creation.
    std::string id;
    std::uint64_t version{}; // The cluster-wide change counter as it stood at this object's last change.
    time_point created_at;
    time_point updated_at;
    service_spec spec;
    std::optional<service_spec> previous_spec;
    std::optional<update_status> status;
    std::uint64_t job_iteration{};         // Of job modes: every update runs the job again.
    std::shared_ptr<task_spec const> task; // spec.task, shared by all tasks made from it.
    std::map<std::uint64_t, std::vector<std::uint64_t>>
        slots;                                   // Numbers of its tasks, oldest first, by slot or node.
    std::map<std::uint64_t, std::uint64_t> load; // Tasks not yet ended, by number of their node.
    bool removed{};                              // Gone for clients; its tasks are still stopping.
    bool reconcile_due{};
};

// When a task that was made ready may run: after a pause and after the task that it replaces has stopped.
struct held_start {
    time_point not_before;
    std::optional<std::uint64_t> after;
};

struct task {
    std::uint64_t number{};
    std::string id;
    std::uint64_t version{};
    time_point created_at;
    time_point updated_at;
    std::uint64_t service{}; // Number of its service.
    std::string service_id;
    std::uint64_t key{};               // Slot of a replicated, node number of a global service.
    std::optional<std::uint64_t> slot; // As clients see it: tasks of global services have none.
    std::optional<std::uint64_t> node; // Number of its node, once assigned.
    std::shared_ptr<task_spec const> spec;
    task_state state{task_state::fresh};
    task_state desired{task_state::running};
    time_point since; // Of `state`.
    std::string message;
    std::string error;
    std::optional<int> exit_code;
    std::optional<held_start> held;
    bool restart_wanted{}; // It ended while its start was held; it is replaced when the hold ends.
    time_point leave_at;   // When it was told to stop.
    std::uint64_t stamp{}; // Timers that carry an older one are void.
};

enum class node_role { manager, worker };
enum class node_state { ready, down };
enum class availability { active, pause, drain };

std::string_view to_string(node_role role);
std::string_view to_string(node_state state);
std::string_view to_string(availability value);

struct node {
    std::uint64_t number{};
    std::string id;
    std::uint64_t version{};
    time_point created_at;
    time_point updated_at;
    std::string hostname;
    std::string address;
    node_role role{node_role::manager};
    bool leader{};
    availability available{availability::active};
    node_state state{node_state::ready};
    bool powered{true};   // A node that lost power keeps state `ready` until the managers notice.
    std::uint64_t loss{}; // Marks the timer of that notice.
    std::map<std::string, std::string, std::less<>> labels;
};

struct config_spec {
    std::string name;
    std::map<std::string, std::string, std::less<>> labels;
    std::string data;
};

struct config {
    std::uint64_t number{};
    std::string id;
    std::uint64_t version{};
    time_point created_at;
    time_point updated_at;
    config_spec spec;
};

enum class object_type { service, node, config };
enum class change { create, update, remove };

std::string_view to_string(object_type type);
std::string_view to_string(change what);

struct event {
    std::uint64_t sequence{}; // 1, 2, 3, ...
    time_point at;
    object_type type{};
    change action{};
    std::string id;
    std::map<std::string, std::string> attributes;
};

// Whether a task from this template may run on this node, going by its constraints alone.
bool satisfies(node const& candidate, std::vector<std::string> const& constraints);

} // namespace autoscaler::swarm::model
