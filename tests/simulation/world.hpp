// One world: everything that one seed draws. It lives through a time of faults and then through a time of
// calm, after which whatever still fires must have been acted on.
#pragma once

#include "tests/simulation/drawn_policies.hpp"
#include "tests/simulation/monitoring.hpp"
#include "tests/simulation/people.hpp"
#include "tests/simulation/promises.hpp"
#include "tests/simulation/stage.hpp"
#include "tests/simulation/swarm_wire.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace autoscaler::simulation {

struct world_options {
    std::uint64_t seed = 1;
    planted_bug bug = planted_bug::none;
    std::size_t journal_lines = 40;
    std::function<void(model::cluster const&, time_point)> each_minute{}; // for whoever wants to look
};

class world : private world_access {
public:
    explicit world(world_options options);

    void run();

    std::vector<std::string> const& violations() const { return stage_.violations; }

    tally const& counts() const { return stage_.counts; }

    journal const& story() const { return stage_.log; }

    std::string const& policy_text() const { return policies_.text; }

    duration lived() const { return stage_.time.now() - beginning; }

private:
    void inspect(autoscaler& by, policy::action::inspect what) override;
    void update(autoscaler& by, policy::action::update what, model::service_spec posted) override;
    void query(autoscaler& by, policy::action::query what) override;
    void list_alerts(autoscaler& by) override;
    void post(autoscaler& by, policy::action::post what) override;
    void read_switches(autoscaler& by) override;

    void run_until(time_point end);
    void something_happens();
    void trouble();
    void kill(autoscaler& which);
    void revive(autoscaler& which);
    void calm_down();
    void watch_each_minute();

    std::function<void(model::cluster const&, time_point)> each_minute_;
    stage stage_;
    drawn_policies policies_;
    drawn_policies other_;
    promises promises_;
    swarm_wire wire_;
    monitoring monitoring_;
    people people_;
    std::vector<std::unique_ptr<autoscaler>> autoscalers_;
    std::vector<std::uint64_t> calls_before_;
    std::vector<std::pair<std::string, std::string>> fired_in_the_end_; // alert and service
    time_point calm_since_;
};

} // namespace autoscaler::simulation
