// The one service of a policy test, and the history that the test gives it.
#pragma once

#include "policy/core/event.hpp"
#include "policy/core/history.hpp"
#include "policy/yaml/policy_test.hpp"

#include <string>
#include <variant>
#include <vector>

namespace autoscaler::policy::testing {

class test_world {
public:
    explicit test_world(test_file::test const& test);

    service_view const& view() const { return view_; }

    // What the test asks for and the core does not know yet, a line for each.
    std::vector<std::string> unsupported() const;

    // What the engine remembers at t = 0, as the test's `history` says.
    history first_history() const;

    // What it remembers after a restart at `now`: what the label holds, or nothing.
    history labelled_history(time_point now) const;
    history fresh_history(time_point now) const;

    // The answer to an inspect.
    std::variant<service_view, event::not_found, event::unavailable> answer(bool tasks) const;

    // A change from outside.
    void change(test_file::service_fields const& fields);

    // A write of ours that Swarm has accepted.
    void apply(action::update const& write);

private:
    void set(test_file::service_fields const& fields);
    history idle_from(history memory, time_point now) const;

    test_file::test const& test_;
    service_view view_;
    bool missing_ = false;
    test_file::running_tasks running_;
};

} // namespace autoscaler::policy::testing
