// The state of the model and the smallest changes it can undergo. Each bumps the change counter as a raft
// entry would, keeps the indices right and notes which tasks changed; what follows from a change is decided a
// floor above (agent, restarts, rollout, orchestrator). Holds values and numbers, never pointers into itself:
// a copy is a snapshot.
#pragma once

#include "swarm_client/model/rollout_state.hpp"
#include "swarm_client/model/scenario.hpp"

#include <deque>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace autoscaler::swarm::model {

enum class timer_kind {
    agent,          // The next step of a task (subject: task).
    start,          // A held start may be due (subject: task).
    reconcile,      // A service changed (subject: service).
    rollout_worker, // A worker of a rollout has waited its delay (subject: service).
    rollout_end,    // The monitor time of a rollout is over (subject: service).
    node_lost,      // The managers notice that a node is gone (subject: node).
};

// Fires at `at`, in the order of `order` among equals. Void if its subject has moved on to another stamp.
struct timer {
    time_point at;
    std::uint64_t order{};
    timer_kind kind{};
    std::uint64_t subject{};
    std::uint64_t stamp{};

    friend bool operator<(timer const& left, timer const& right) {
        return left.at != right.at ? left.at < right.at : left.order < right.order;
    }
};

struct store {
    scenario setting;
    time_point now;
    std::uint64_t index{};  // The change counter.
    std::uint64_t serial{}; // Numbers given to objects, timers and rollouts.
    std::map<std::uint64_t, service> services;
    std::map<std::uint64_t, task> tasks;
    std::map<std::uint64_t, node> nodes;
    std::map<std::uint64_t, config> configs;
    std::map<std::string, std::uint64_t, std::less<>> service_by_name;
    std::map<std::string, duration, std::less<>> start_delays; // By service name.
    std::map<std::uint64_t, rollout> rollouts;                 // By service.
    std::map<std::uint64_t, std::vector<std::uint64_t>>
        followers; // Tasks whose start waits for this one to end.
    std::set<timer> timers;
    std::deque<event> events;
    std::uint64_t last_event{};
    std::deque<std::uint64_t> changed; // Tasks whose state changed, not yet looked at by the floors above.

    void schedule(time_point at, timer_kind kind, std::uint64_t subject, std::uint64_t stamp = 0);
    // Whether the subject still waits for this timer.
    bool is_live(timer const& one) const;

    node& add_node(scenario_node const& wanted);
    service& add_service(service_spec spec);
    // Stores this changed copy of a service in its place, with a new version, an event and a reconciliation
    // to come.
    void change_service(service changed_to);
    config& add_config(config_spec spec);
    void announce(config const& which, change action);
    void announce(node const& which, change action, std::map<std::string, std::string> attributes = {});
    void announce(service const& which, change action, std::map<std::string, std::string> attributes = {});

    // A new task of the service in this slot; nullptr when the scenario's limit of tasks is reached.
    task* add_task(service& owner, std::uint64_t key);
    void touch(task& which); // Bumps its version.
    void assign(task& which, std::uint64_t node_number);
    void enter(task& which, task_state state, std::string_view message, std::string_view error = {});
    void erase_task(std::uint64_t number);

    task* find_task(std::uint64_t number);
    // The tasks of a slot that are to run: desired state not beyond running. Oldest first.
    std::vector<task*> live_in_slot(service const& owner, std::uint64_t key);
    // What the containers of this task do.
    behaviour behaviour_of(task const& which) const;

private:
    void unload(task& which);
    void forget_history(service& owner, std::uint64_t key);
    void record(event happened);
};

// Twenty-five digits and small letters that look like a Swarm ID: the same number gives the same ID.
std::string make_id(std::uint64_t number);

} // namespace autoscaler::swarm::model
