// A service under decide(): the facts of one decision, with quiet defaults, to be changed one at a time.
#pragma once

#include "policy/core/decide.hpp"
#include "support/core_values.hpp"

#include <vector>

namespace autoscaler::policy::testing {

struct decision_case {
    std::vector<service_policy> policies{one_more()};
    // By policy and rule, in their order; what is missing is quiet.
    std::vector<std::vector<rule_signal>> signals;
    service_view service = a_service(3);
    history memory;
    time_point now = t0;
    bool live = true;
    bool dry_run = false;

    decision_case() { memory.last_set = 3; }

    // The signal of a rule, made on demand.
    rule_signal& signal(std::size_t policy, std::size_t rule);

    // Rule `rule` of the first policy has had a firing alert since `since`.
    void fire(std::size_t rule = 0, time_point since = t0);

    // Alerts of a rule fire, and silences cover each of them.
    void silence(std::size_t rule = 0);

    // The alerts of a rule have ended.
    void end(std::size_t rule = 0, rule_signal::end how = rule_signal::end::resolved);

    service_policy& policy() { return policies.front(); }

    alert_rule& kind(std::size_t rule = 0) { return std::get<alert_rule>(policy().rules.at(rule).kind); }

    // The episode of `web/x` that is open, acted in at `acted`.
    void opened(time_point since, std::int64_t start_count, std::optional<time_point> acted);

    // The replicas that the service has and had.
    void stand_at(std::int64_t replicas);

    // Decides and keeps the history, as the engine does; `accept` says that Swarm took a write, if there was
    // one.
    outcome decide(bool accept = false);
};

} // namespace autoscaler::policy::testing
