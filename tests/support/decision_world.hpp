// A random world around decide() alone: alerts, samples, tasks, rollouts, deploys and operators come and go,
// and each decision is checked against what the policy language promises, whatever led to it. Everything
// follows from the seed.
#pragma once

#include "policy/core/decide.hpp"
#include "support/random_policy.hpp"

#include <map>
#include <string>
#include <vector>

namespace autoscaler::policy::testing {

class decision_world {
public:
    explicit decision_world(unsigned seed, bool dry_run = false);

    // So many decisions, between which things happen.
    void live(int decisions);

    // Broken promises, none in a good run.
    std::vector<std::string> const& violations() const { return violations_; }

    // How often each reason was given, of counts and of acts.
    std::map<reason, int> const& reasons() const { return reasons_; }

    int writes() const { return writes_; }

private:
    void happen();
    void change_alert(rule_signal& signal);
    void change_value(rule const& what, rule_signal& signal);
    void change_service();
    void change_count();
    void another_acts();
    outcome decide_again(history const& memory, time_point now) const;
    void decide_once();
    void accept(outcome const& made);
    void broken(outcome const& made, std::string const& promise);

    // The promises: decision_promises.cpp.
    void check(outcome const& made);
    void check_step(outcome const& made);
    void check_wish(outcome const& made);
    void check_pace(outcome const& made);
    void check_acts(outcome const& made);
    void check_replay(outcome const& made, history const& before);
    service_policy const* winner(decision const& made) const;
    rule const* winning_rule(decision const& made) const;
    rule_signal const& signal_of(rule const& what) const;
    bool may_lower(rule const& what, rule_signal const& signal, int priority) const;

    dice random_;
    std::vector<service_policy> policies_;
    std::vector<policy_input> inputs_; // of policies_, with the signals of now
    service_view view_;
    history memory_;
    time_point now_ = t0;
    bool live_ = true;
    bool dry_run_;
    int writes_ = 0;
    std::map<reason, int> reasons_;
    std::vector<std::string> violations_;
};

} // namespace autoscaler::policy::testing
