// What goes wrong on purpose: faults to come, per operation, and the engine's place in the swarm. Set by
// tests, by a scenario or through the control endpoint; the server asks it before and after each request.
// Belongs to one thread.
#pragma once

#include "swarm_client/model/time.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace autoscaler::swarm::simulated {

enum class operation {
    ping,
    version,
    info,
    list_services,
    inspect_service,
    create_service,
    update_service,
    remove_service,
    list_tasks,
    inspect_task,
    list_nodes,
    inspect_node,
    list_configs,
    inspect_config,
    create_config,
    update_config,
    remove_config,
    events,
    other,
};

std::string_view to_string(operation what);
std::optional<operation> operation_named(std::string_view word);

enum class fault_kind {
    stall,      // The request is done and answered only after `lasts`.
    reset,      // It is done; the connection breaks in the middle of the answer.
    error,      // It is not done; the answer is `status` with `text`.
    late_error, // It is done; the answer is `status` with `text` all the same.
    conflict,   // It is not done; the answer is "update out of sequence".
    lost_reply, // It is done; the connection closes without an answer.
    refuse,     // It is not done; the connection closes without an answer.
};

std::string_view to_string(fault_kind kind);
std::optional<fault_kind> fault_named(std::string_view word);

struct fault {
    fault_kind kind{};
    std::optional<operation> where;        // Absent: any operation.
    std::optional<std::uint64_t> times{1}; // Absent: until cleared.
    unsigned status{500};
    std::string text{"rpc error: code = Unknown desc = context deadline exceeded"};
    model::duration lasts{std::chrono::minutes{10}};
};

// What the engine is to the swarm; all but manager answer the cluster's paths with an error.
enum class membership { manager, worker, inactive, locked, no_leader };

std::string_view to_string(membership place);
std::optional<membership> membership_named(std::string_view word);

class faults {
public:
    void add(fault coming) { coming_.push_back(std::move(coming)); }

    void clear() { coming_.clear(); }

    std::deque<fault> const& coming() const { return coming_; }

    // The first fault that is meant for this operation, used up by one.
    std::optional<fault> take(operation what);

    membership place() const { return place_; }

    void set_place(membership place) { place_ = place; }

    // How many requests of this kind have come, faulty ones included.
    std::uint64_t seen(operation what) const;

    void count(operation what) { ++seen_[what]; }

private:
    std::deque<fault> coming_;
    membership place_{membership::manager};
    std::map<operation, std::uint64_t> seen_;
};

} // namespace autoscaler::swarm::simulated
