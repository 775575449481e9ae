// The way between autoscalers and the modelled Swarm: what is slow, lost, repeated, refused or answered by a
// leader that is cut off. Owns the cluster. Every write that Swarm accepts is shown to the promises.
#pragma once

#include "tests/simulation/autoscaler.hpp"
#include "tests/simulation/promises.hpp"
#include "tests/simulation/stage.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace autoscaler::simulation {

class swarm_wire {
public:
    swarm_wire(stage& on, promises& watch, model::scenario setting);

    model::cluster& cluster() { return swarm_; }

    // Who hears events. Set once.
    void connect(std::vector<std::unique_ptr<autoscaler>> const& all) { all_ = &all; }

    void inspect(autoscaler& by, policy::action::inspect what);
    void update(autoscaler& by, policy::action::update what, model::service_spec posted);

    // No manager leads for this long.
    void lose_leader(duration time);

    // What this autoscaler is shown stays as it is now: its manager believes that it leads.
    void cut_off(std::size_t which, duration time);

    void lose_events(std::size_t which, duration time);

    // Everything is well from now on.
    void heal();

    // Time has gone on: Swarm does what was due, and tells of it.
    void advance();

    std::optional<time_point> next_due() const;

private:
    struct isolation {
        std::shared_ptr<model::cluster const> as_it_was;
        std::unique_ptr<swarm_face> face;
    };

    struct disguise { // of a planted bug
        std::uint64_t highest = 0;
        unsigned times = 0;
    };

    void answer(autoscaler& by, unsigned life, policy::action::inspect const& what, bool from_isolation);
    void show(autoscaler& by, unsigned life, std::string const& service, std::optional<inspected> seen);
    policy::event::update_result apply(attempt const& by, model::service_spec posted);
    policy::event::update_result write(attempt const& by, model::service_spec const& changed);
    void write_state_later(attempt const& by);
    void disguise_rollback(autoscaler const& by, policy::service_view& view);
    duration travel();
    bool meets_cut_off(std::size_t which);

    bool leads() const { return stage_.time.now() >= leads_again_; }

    stage& stage_;
    promises& watch_;
    model::cluster swarm_;
    swarm_face face_;
    std::vector<std::unique_ptr<autoscaler>> const* all_ = nullptr;
    time_point leads_again_;
    std::map<std::size_t, isolation> isolated_;
    std::map<std::size_t, time_point> no_events_until_;
    std::uint64_t told_ = 0;                      // the last event
    std::set<std::string, std::less<>> doubtful_; // writers whose write was applied and whose reply was lost
    std::map<std::pair<std::string, std::string>, disguise> disguises_;
};

} // namespace autoscaler::simulation
