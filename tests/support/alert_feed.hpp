// What a policy test lists as the whole alert state, turned into the notices that bring an engine there.
// Notices come in time order; one that has to expire comes before its end.
#pragma once

#include "policy/yaml/policy_test.hpp"
#include "support/core_values.hpp"

#include <map>
#include <vector>

namespace autoscaler::policy::testing {

// The notices of one change of the alert state.
struct alert_change {
    struct body {
        time_point when;
        std::vector<alert_spec> notices;
    };

    std::vector<body> early;        // before the change: of alerts that have run out since
    std::vector<alert_spec> ended;  // of alerts that are listed no more
    std::vector<alert_spec> listed; // of those that are
};

class alert_feed {
public:
    explicit alert_feed(time_point clock) : clock_(clock) {}

    // From the state listed before to this one at `now`. The engine's time is `past`, which lies before `now`
    // or is equal to it at the first step.
    alert_change become(std::vector<test_file::alert_fields> const& listed, time_point past, time_point now);

    // What an engine that has just started hears of the state that is listed.
    std::vector<alert_spec> again() const;

private:
    struct known {
        time_point since;
        std::optional<time_point> ends;
    };

    alert_spec
    notice(test_file::text_map const& labels, time_point since, std::optional<time_point> ends) const;

    time_point clock_;
    std::map<test_file::text_map, known> firing_;
};

} // namespace autoscaler::policy::testing
