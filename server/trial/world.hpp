// The one service of a policy test, and the history that the test gives it. Owned by its trial.
#pragma once

#include "policy/core/event.hpp"
#include "policy/core/history.hpp"
#include "policy/yaml/policy_test.hpp"

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace autoscaler::server::trial {

namespace test_file = policy::test_file;

// What service labels must say so that an alert's label may name the service.
inline constexpr std::string_view opt_in_label_name = "swarm.autoscaler.enable";

class world {
public:
    // The test outlives the world, and its policy has loaded.
    explicit world(test_file::test const& test);

    bool missing() const { return missing_; }

    // What the service is at `now`, whether it is missing or not; tasks are counted.
    policy::service_view view(policy::time_point now) const;

    // The answer to an inspect. Tasks are counted, asked for or not: the daemon does so at every resync, too.
    std::variant<policy::service_view, policy::event::not_found, policy::event::unavailable>
    answer(policy::time_point now) const;

    // What the engine remembers at t = 0, as the test's `history` says.
    policy::history first_history() const;

    // The policies with something to finish at t = 0: an alert had attached them to the service, where they
    // have none of their own.
    std::vector<std::string> first_attached() const;

    // What it remembers after a restart at `now`: what the label holds, or nothing.
    policy::history labelled_history(policy::time_point now) const;
    policy::history fresh_history(policy::time_point now) const;

    // A change from outside.
    void change(test_file::service_fields const& fields);

    // A write of ours that Swarm has accepted.
    void apply(policy::action::update const& write);

private:
    void set(test_file::service_fields const& fields);
    void deploy();
    policy::history remembered_rules() const;
    policy::history started(policy::history memory, policy::time_point now) const;

    test_file::test const& test_;
    policy::service_view view_; // pause: by the field, not by the label
    bool missing_ = false;
    test_file::running_tasks running_;
    policy::stuck_state stuck_ = policy::stuck_state::none;
    test_file::text_map labels_;
};

} // namespace autoscaler::server::trial
