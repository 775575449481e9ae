// What a client asks for: the Spec of a service. The parts that the model acts on are fields; everything else
// that was posted stays beside them as opaque text, compared bytewise and handed back as it came, so that
// nothing is lost. Pure values: whoever holds one owns all of it.
#pragma once

#include "swarm_client/model/time.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace autoscaler::swarm::model {

enum class service_mode { replicated, global, replicated_job, global_job };
enum class failure_action { pause, proceed, rollback };
enum class update_order { stop_first, start_first };
enum class restart_condition { any, on_failure, none };

// The words of the Engine API ("proceed" is its "continue").
std::string_view to_string(service_mode mode);
std::string_view to_string(failure_action action);
std::string_view to_string(update_order order);
std::string_view to_string(restart_condition condition);

// How a rollout, or a rollback, goes through the tasks. The defaults are swarmkit's for a Spec that has none.
struct update_config {
    std::uint64_t parallelism{1}; // 0: all at once.
    duration delay{};
    duration monitor{}; // 0: five seconds.
    failure_action on_failure{failure_action::pause};
    float max_failure_ratio{};
    update_order order{update_order::stop_first};

    friend bool operator==(update_config const&, update_config const&) = default;
};

// When a task that ended is replaced. Attempts and window are kept and handed back, not acted on.
struct restart_policy {
    restart_condition condition{restart_condition::any};
    std::optional<duration> delay; // Absent: five seconds.
    std::optional<std::uint64_t> max_attempts;
    std::optional<duration> window;

    friend bool operator==(restart_policy const&, restart_policy const&) = default;
};

// The template of a task. Two tasks with equal templates are interchangeable; an unequal one is replaced by a
// rollout.
struct task_spec {
    std::string image;
    std::vector<std::string> command;
    std::vector<std::string> args;
    std::vector<std::string> env;
    std::uint64_t force_update{};
    std::optional<duration> stop_grace;    // Absent: ten seconds.
    std::optional<restart_policy> restart; // Absent: any, five seconds.
    std::vector<std::string> constraints;
    std::string rest;     // The other members of TaskTemplate.
    std::string endpoint; // EndpointSpec; a change of it replaces tasks too.

    friend bool operator==(task_spec const&, task_spec const&) = default;
};

struct service_spec {
    std::string name;
    std::map<std::string, std::string, std::less<>> labels;
    service_mode mode{service_mode::replicated};
    std::uint64_t replicas{1}; // Of a replicated service; means nothing in the other modes.
    task_spec task;
    std::optional<update_config> update;
    std::optional<update_config> rollback;
    std::string rest; // The other members of Spec.

    friend bool operator==(service_spec const&, service_spec const&) = default;
};

// Equal but for the placement constraints: such a task stays where its node satisfies the new ones.
bool equal_but_for_constraints(task_spec const& left, task_spec const& right);

} // namespace autoscaler::swarm::model
