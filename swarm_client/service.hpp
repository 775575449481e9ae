// What the engine says about services, tasks and events, as values. No socket, no clock, nothing of policies.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace autoscaler::swarm {

enum class service_mode {
    replicated,
    global,
    replicated_job,
    global_job,
    unknown // none of these, or without a usable count: such a service is never written
};

// UpdateStatus.State of a rolling update.
enum class update_state {
    none, // no UpdateStatus
    updating,
    paused,
    completed,
    rollback_started,
    rollback_paused,
    rollback_completed,
    unknown // a word this client does not know: to be taken as in progress
};

// UpdateConfig.FailureAction; the engine's default is to pause.
enum class failure_action { pause_update, continue_update, roll_back, unknown };

std::string_view to_string(service_mode mode);
std::string_view to_string(update_state state);
std::string_view to_string(failure_action action);

// UpdateStatus.State as the engine writes it; "" is none.
update_state parse_update_state(std::string_view text);

using label_map = std::map<std::string, std::string, std::less<>>;

// What the list of all services is asked for.
struct service_summary {
    std::string id;
    std::string name;
    std::uint64_t version = 0;
    service_mode mode = service_mode::unknown;
    std::uint64_t replicas = 0; // replicated only
};

// What was in force before the last change of the spec by anybody.
struct previous_spec {
    label_map labels;
    std::optional<std::uint64_t> replicas;
    std::uint64_t task_template_fingerprint = 0;
};

struct service : service_summary {
    update_state update = update_state::none;
    std::string update_message;
    failure_action on_failure = failure_action::pause_update;
    label_map labels;
    std::optional<previous_spec> previous;

    // A deploy was posted this instant and the engine has not written "updating" yet: a write now would make
    // its rollback go to the new, perhaps bad, image. A template change that no task needs never gets an
    // UpdateStatus, so whoever waits for the end of this does so for 30 s of the same version at most.
    bool deploy_in_flight = false;

    // Hash of the TaskTemplate, the same as long as its content is: tells a change by somebody else.
    std::uint64_t task_template_fingerprint = 0;

    // The Spec as the engine gave it, complete, integers with all of their 64 bits: what an update posts
    // back.
    std::shared_ptr<nlohmann::json const> spec;

    // The API version it was read under. Fields that this version lacks are missing from `spec`, so it may
    // be posted back under this very version only.
    std::string api_version;
};

struct label_change {
    std::string name;
    std::string value;
};

// All that an update of ours changes.
struct update_request {
    std::optional<std::uint64_t> replicas; // at most 2^63 - 1; a sensible cap is the caller's business
    std::optional<label_change> label;
    bool restart = false; // TaskTemplate.ForceUpdate + 1: Swarm replaces all tasks in a rolling update
};

// Why tasks that are to run do not, and will not by themselves.
enum class stuck_tasks {
    none, // nothing that is certain
    unschedulable,
    crash_looping
};

std::string_view to_string(stuck_tasks stuck);

// Tasks that Swarm wants to run. Converged: both equal the replicas of the spec.
struct task_counts {
    std::uint64_t running = 0; // of those wanted, the ones that run (a health check has passed)
    std::uint64_t desired = 0;
    stuck_tasks stuck = stuck_tasks::none;
};

struct swarm_event {
    std::string type;   // service, node or config
    std::string action; // create, update, remove
    std::string id;
    std::string name;
    update_state update = update_state::none; // updatestate.new, where the event has one
    std::string state_before = {};            // of a node: state.old and state.new, where the event has them
    std::string state = {};
};

} // namespace autoscaler::swarm
