// Reads a scenario of the simulated Swarm from JSON (or from YAML turned into JSON). Strict: unknown members,
// wrong types and unknown words are errors that name the place, all of them in one go.
//
//   {
//     "nodes": [{"hostname": "m1", "role": "manager", "availability": "active", "labels": {"zone": "a"}}],
//     "services": [{
//       "name": "hosp_patient",           required; the rest of a service is optional
//       "image": "patient:latest",        default: NAME:latest
//       "replicas": 2,                    default: 1
//       "mode": "replicated",             or "global"
//       "start_delay": "1s",              from the start of a task to running
//       "labels": {"key": "value"},
//       "args": ["/bin/sleep", "1000"], "env": ["A=1"],
//       "constraints": ["node.role==worker"],
//       "stop_grace": "10s", "restart_delay": "5s",
//       "update": {"parallelism": 1, "delay": "0s", "monitor": "5s", "failure_action": "pause",
//                  "max_failure_ratio": 0.0, "order": "stop-first"},
//       "rollback": {...as update...}
//     }],
//     // behaviour of containers by image, and by first word
//     "images":   {"patient:broken": {"missing": true}},
//     "commands": {"/bin/false": {"runs_for": "0s", "exit_code": 1, "start_delay": "1s", "stop_time": "1s"}},
//     "timing": {"orchestrate": "2ms", "schedule": "50ms", "prepare": "150ms", "start_delay": "300ms",
//                "stop_time": "500ms", "node_timeout": "11600ms"},
//     "age": "1m",                        how long all of it has existed when the simulation starts
//     "task_limit": 10000,
//     "membership": "manager",            or worker, inactive, locked, no_leader
//     "faults": [{"kind": "conflict", "operation": "update_service", "times": 3,
//                 "status": 500, "text": "...", "lasts": "5s"}]
//   }
//
// Fault kinds: stall, reset, error, late_error, conflict, lost_reply, refuse. Operations: ping, version,
// info, list_services, inspect_service, create_service, update_service, remove_service, list_tasks,
// inspect_task, list_nodes, inspect_node, list_configs, inspect_config, create_config, update_config,
// remove_config, events, other; absent: any. `times` absent: once; 0: until cleared.
// Durations are texts of a number and one of ns, us, ms, s, m, h. What is absent of "nodes", "commands",
// "timing" and so on is as in model::default_scenario(); a file without "services" has the two default ones.
#pragma once

#include "swarm_client/model/scenario.hpp"
#include "swarm_client/simulated/faults.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <variant>
#include <vector>

namespace autoscaler::swarm::simulated {

struct setup {
    model::scenario scenario{model::default_scenario()};
    std::vector<fault> faults;
    membership place{membership::manager};
};

// Each error reads `services[0].replicas: expected a whole number, not "two"`.
using setup_errors = std::vector<std::string>;

std::variant<setup, setup_errors> read_setup(nlohmann::json const& document);

// One entry of "nodes".
std::variant<model::scenario_node, setup_errors> read_node(nlohmann::json const& document);

// One entry of "faults".
std::variant<fault, setup_errors> read_fault(nlohmann::json const& document);

} // namespace autoscaler::swarm::simulated
