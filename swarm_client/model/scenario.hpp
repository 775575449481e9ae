// What a modelled Swarm is made of before the first request: its nodes, its services, how fast things go and
// which images and commands are bad. A plain value; the cluster copies it.
#pragma once

#include "swarm_client/model/objects.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace autoscaler::swarm::model {

// How containers of an image, or of a command, behave. What is absent is left to the next in line:
// command before image before service before timing.
struct behaviour {
    bool missing{}; // No such image: the task is rejected while preparing.
    std::optional<duration>
        start_delay;                   // From `starting` to `running`: start of the process and health check.
    std::optional<duration> stop_time; // From the request to stop to the end; the stop grace bounds it.
    std::optional<duration> runs_for;  // It ends by itself after this time of running.
    int exit_code{1};                  // What it ends with; 0 is "complete", anything else "failed".
};

// Defaults of the machinery, near those measured on one node with the images at hand.
struct timing {
    duration orchestrate{std::chrono::milliseconds{2}
    }; // From a change of a service to what its orchestrator does.
    duration schedule{std::chrono::milliseconds{50}}; // From a new task to its node.
    duration prepare{std::chrono::milliseconds{150}}; // Pulling and creating the container.
    duration start_delay{std::chrono::milliseconds{300}};
    duration stop_time{std::chrono::milliseconds{500}};
    duration node_timeout{std::chrono::milliseconds{11'600}}; // From the loss of a node to its state `down`.
};

struct scenario_node {
    std::string hostname;
    node_role role{node_role::manager};
    availability available{availability::active};
    std::map<std::string, std::string, std::less<>> labels;
};

struct scenario_service {
    service_spec spec;
    std::optional<duration> start_delay; // Of its tasks, also after updates of the service.
};

struct scenario {
    std::vector<scenario_node> nodes{{.hostname = "node1", .role = {}, .available = {}, .labels = {}}};
    std::vector<scenario_service> services;
    std::map<std::string, behaviour, std::less<>> images; // By image as written in the Spec.
    std::map<std::string, behaviour, std::less<>>
        commands; // By the first word of Command, or of Args without one.
    timing pace;
    duration age{std::chrono::minutes{1}}; // How long all of it has existed when the first request comes.
    std::size_t task_limit{10'000}; // The model makes no more tasks than this; replica counts stay as posted.
    std::size_t history_limit{5};   // Tasks kept per slot (TaskHistoryRetentionLimit).
    std::size_t event_limit{10'000}; // Events kept.
};

// What is simulated when nobody says otherwise: one manager and the replicated services `hosp_patient`
// (patient:latest) and `web` (web:latest) of two tasks each, which take a second to start. The command
// /bin/false fails.
scenario default_scenario();

} // namespace autoscaler::swarm::model
