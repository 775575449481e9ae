// A rollout (or rollback) in progress over the tasks of one service: what swarmkit's updater knows. A plain
// value kept in the store; rollout.cpp moves it.
#pragma once

#include "swarm_client/model/spec.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

namespace autoscaler::swarm::model {

// Replaces the task of one slot at a time.
struct rollout_worker {
    enum class phase {
        idle,
        waiting,
        pausing
    }; // For a slot; for its new task to run; for the delay to pass.
    phase now{phase::idle};
    std::uint64_t key{};
    std::uint64_t task{};
    bool start_first{}; // The old task is stopped when the new one runs.
};

struct rollout {
    std::uint64_t stamp{}; // Its timers carry it.
    service_spec goal;     // The Spec when it began: an update to the same Spec lets it go on.
    bool rolling_back{};
    update_config config;
    duration monitor{};
    std::vector<std::uint64_t> dirty; // Slots to replace, in order.
    std::size_t next{};               // Index of the next one.
    std::vector<rollout_worker> workers;
    std::map<std::uint64_t, std::optional<time_point>> made; // Its tasks, and when each came to run.
    std::set<std::uint64_t> failed;
    bool monitoring{}; // All slots are done; waiting for late failures.
    bool halted{};     // Paused or rolled back: takes no further slot, ends when its workers are idle.
};

} // namespace autoscaler::swarm::model
