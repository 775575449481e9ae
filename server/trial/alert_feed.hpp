// What a policy test lists as the whole alert state, turned into the notices that bring an engine there.
// Notices come in time order; one that has to expire comes before its end. Pure.
#pragma once

#include "policy/core/alert.hpp"
#include "policy/yaml/policy_test.hpp"

#include <map>
#include <optional>
#include <span>
#include <vector>

namespace autoscaler::server::trial {

namespace test_file = policy::test_file;

// An alert notice, by API, that owns its text.
struct told_alert {
    test_file::text_map labels;
    policy::time_point starts_at;
    policy::time_point ends_at;
};

// Several of them as one body, in the form that the engine takes.
class alert_body {
public:
    explicit alert_body(std::vector<told_alert> alerts);
    alert_body(alert_body const&) = delete;
    alert_body& operator=(alert_body const&) = delete;

    // Valid as long as the body lives.
    std::span<policy::alert_notice const> notices() const { return notices_; }

private:
    std::vector<told_alert> alerts_;
    std::vector<std::vector<policy::label>> labels_;
    std::vector<policy::alert_notice> notices_;
};

// The notices of one change of the alert state.
struct alert_change {
    struct body {
        policy::time_point when;
        std::vector<told_alert> alerts;
    };

    std::vector<body> early;        // before the change: of alerts that have run out since
    std::vector<told_alert> ended;  // of alerts that are listed no more
    std::vector<told_alert> listed; // of those that are
};

class alert_feed {
public:
    // `clock`: wall time of t = 0.
    explicit alert_feed(policy::time_point clock) : clock_(clock) {}

    // From the state listed before to this one at `now`. The engine's time is `past`, which lies before `now`
    // or is equal to it.
    alert_change become(
        std::vector<test_file::alert_fields> const& listed, policy::time_point past, policy::time_point now
    );

    // What an engine that starts at `now` hears of the state that is listed: of an alert that ran out, nobody
    // speaks.
    std::vector<told_alert> again(policy::time_point now) const;

private:
    struct known {
        policy::time_point since;
        std::optional<policy::time_point> ends;
        bool resolved = false;

        bool ended_by(policy::time_point now) const { return ends && *ends <= now; }
    };

    known known_as(test_file::alert_fields const& alert, known const* old, policy::time_point now) const;
    static alert_change::body
    run_out(test_file::text_map const& labels, known& what, policy::time_point past);
    static told_alert notice(test_file::text_map const& labels, known const& what);

    policy::time_point clock_;
    std::map<test_file::text_map, known> listed_;
};

} // namespace autoscaler::server::trial
