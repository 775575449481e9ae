// A Swarm, modelled: services with versions, tasks, rollouts, nodes and events, as a manager shows them.
// Pure and deterministic: the same calls with the same times give the same state. It reads no clock, does no
// I/O, draws no random number and starts no thread; one thread at a time may use it. A copy is an independent
// snapshot.
//
// Time only moves forward: each call that takes `now` first runs everything that was due until then; an
// earlier `now` counts as the latest one seen. References and pointers that it hands out are valid until the
// next non-const call.
//
// What it leaves out: resources and MaxReplicas in placement, MaxAttempts of a restart policy, running jobs
// (they are stored and their iteration is counted), networks and secrets other than as text of a Spec, and
// that a config in use cannot be removed.
#pragma once

#include "swarm_client/model/store.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace autoscaler::swarm::model {

// Why a write was not done. Nothing has changed then.
enum class refusal {
    not_found,
    out_of_sequence,
    mode_change,
    rename,
    name_taken,
    no_previous_spec,
    labels_only
};

std::string_view to_string(refusal why);

struct created {
    std::string id; // Of the new object; of the one that has the name already, if refused.
    std::optional<refusal> refused;
};

// Of one service, as ServiceStatus counts them.
struct task_counts {
    std::uint64_t running{
    }; // State running, whatever is desired: the dead of a lost node and the leaving ones too.
    std::uint64_t desired{}; // The replica count, or the eligible nodes of a global service.
    std::uint64_t completed{};
};

class cluster {
public:
    // A Swarm that has existed for `setting.age` when it is first looked at, at `now`.
    cluster(scenario setting, time_point now);

    // Runs everything that is due until `now`, in order of time.
    void advance(time_point now);

    // When something next happens by itself; nothing if all is at rest.
    std::optional<time_point> next_due() const;

    // Writes of a client. Services are named by their full ID.
    created create_service(service_spec spec, time_point now);
    // Compare-and-swap: `version` must be the service's own. PreviousSpec := Spec, UpdateStatus := absent,
    // always.
    std::optional<refusal>
    update_service(std::string_view id, std::uint64_t version, service_spec spec, time_point now);
    // `docker service rollback`: Spec and PreviousSpec change places. `posted` is only checked for mode and
    // name.
    std::optional<refusal>
    rollback_service(std::string_view id, std::uint64_t version, service_spec const& posted, time_point now);
    std::optional<refusal> remove_service(std::string_view id, time_point now);

    // Configs, named by their full ID. Of a config only the labels change, under its own version; data may be
    // left out (empty) of what is posted.
    created create_config(config_spec spec, time_point now);
    std::optional<refusal>
    update_config(std::string_view id, std::uint64_t version, config_spec posted, time_point now);
    std::optional<refusal> remove_config(std::string_view id, time_point now);

    // A new node, ready at once. Returns its ID.
    std::string join_node(scenario_node const& joining, time_point now);

    // What happens to nodes; false if there is none of that ID. A lost node's tasks look alive until the
    // managers notice.
    bool lose_node(std::string_view id, time_point now);
    bool recover_node(std::string_view id, time_point now);
    bool set_availability(std::string_view id, availability wanted, time_point now);

    // Reads, as of the last `now`. All objects come in order of creation.
    service const* find_service(std::string_view id) const;
    service const* find_service_named(std::string_view name) const;
    std::vector<service const*> services() const;
    std::vector<task const*> tasks() const;
    std::vector<task const*> tasks_of(service const& owner) const;
    std::vector<node const*> nodes() const;
    std::vector<config const*> configs() const;
    node const* find_node(std::uint64_t number) const;
    task_counts count_tasks(service const& owner) const;
    bool is_up_to_date(task const& which) const; // Whether its template is what its service asks for now.
    std::vector<event> events_after(std::uint64_t sequence) const; // The log keeps the latest `event_limit`.

    std::uint64_t last_event() const { return all_.last_event; }

    time_point now() const { return all_.now; }

private:
    void run(timer const& due);
    void settle();
    service* open(std::string_view id);
    std::optional<refusal>
    check(service const& stored, std::uint64_t version, service_spec const& posted) const;
    node* open_node(std::string_view id);
    config* open_config(std::string_view id);
    void notice_loss(node& lost);
    void node_changed(node& which, std::map<std::string, std::string> attributes);

    store all_;
};

} // namespace autoscaler::swarm::model
