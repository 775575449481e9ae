// What people and machines do to services and nodes while autoscalers work: deploys, good and bad, scaling
// and rolling back by hand, labels, silences and pauses, nodes that go and come.
#pragma once

#include "tests/simulation/promises.hpp"
#include "tests/simulation/stage.hpp"
#include "tests/simulation/swarm_wire.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace autoscaler::simulation {

// The Swarm of every world at its beginning: nodes, images, and these services beside the ones that nobody
// can scale.
model::scenario draw_scenario(chance& dice, std::vector<std::string> const& services);

class people {
public:
    people(stage& on, swarm_wire& wire, promises& watch, std::vector<std::string> services);

    void connect(std::vector<std::unique_ptr<autoscaler>> const& all) { all_ = &all; }

    // Somebody does something.
    void happen();

    // What a newly started autoscaler reads of silences and pauses, in its own time.
    void read_switches(autoscaler& by);

    // Nobody interferes from here on; nodes are back and bad images are gone, in most worlds.
    void calm_down();

    bool silences(std::string const& alert) const;

private:
    model::service const* any_service();
    void change(model::service const& which, model::service_spec spec);
    void deploy(model::service const& which);
    void stack_deploy(model::service const& which);
    void scale(model::service const& which);
    void roll_back(model::service const& which);
    void recreate(model::service const& which);
    void change_labels(model::service const& which);
    void change_placement(model::service const& which);
    void change_nodes();
    void change_silences();
    void change_pauses();
    void tell_switches();

    stage& stage_;
    swarm_wire& wire_;
    promises& watch_;
    std::vector<std::string> services_;
    std::vector<std::unique_ptr<autoscaler>> const* all_ = nullptr;
    std::shared_ptr<std::vector<policy::silence> const> silences_;
    std::shared_ptr<std::vector<policy::service_pause> const> pauses_;
    std::uint64_t images_ = 0; // deployed so far
    std::uint64_t nodes_ = 3;
};

} // namespace autoscaler::simulation
