// The engine with one service around it, in virtual time: plays the daemon's driver and Swarm, and gives one
// decision for each time that it is asked. Owned by its trial; knows nothing of steps and expectations.
#pragma once

#include "policy/core/engine.hpp"
#include "server/trial/alert_feed.hpp"
#include "server/trial/world.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace autoscaler::server::trial {

using sample_map = std::map<std::string, test_file::sample, std::less<>>; // by rule name

class machine {
public:
    // The test and the world outlive it. `began` lies before anything that the test speaks of.
    machine(test_file::test const& test, world& around, policy::time_point began);

    // What a daemon remembers when it starts: of the live policies, and of each that is in dry run.
    struct memory {
        policy::history live;
        policy::history dry_run;
        std::vector<std::string> attached; // policies that an alert has attached to the service
    };

    // The daemon starts, or starts again.
    void start(memory const& remembered, policy::time_point now);

    // The engine's time.
    policy::time_point now() const { return now_; }

    void hear(std::vector<told_alert> alerts, policy::time_point now);

    // The monitoring is known to be alive from here on, or known to be silent.
    void set_live(bool live) { live_ = live; }

    bool live() const { return live_; }

    // False where the policy asks for a sign of life that no alert of ours matches.
    bool can_show_life() const { return !policies_->liveness || life_; }

    // One decision at `now`, which does not lie before now(). `refuse`: a write meets a conflict. None where
    // the engine does not decide, which no test can bring about.
    std::optional<policy::decision> decide(sample_map const& samples, bool refuse, policy::time_point now);

private:
    void on(policy::any_event const& what);
    void carry_out(policy::any_action what);
    void answer_list();
    void show_life(policy::time_point now);
    void show_samples(sample_map const& samples, policy::time_point now);
    void answer_others(policy::time_point now);
    bool names_ours(std::string_view service) const;
    bool concerns(policy::service_policy const& policy) const;
    bool is_watched() const;
    std::optional<policy::decision> decided_at(policy::time_point now) const;
    policy::decision write(policy::action::update sent, bool refuse, policy::time_point now);
    std::optional<policy::decision>
    decide_watched(sample_map const& samples, bool refuse, policy::time_point now);
    policy::decision unwatched(policy::time_point now) const;

    test_file::test const& test_;
    world& world_;
    std::shared_ptr<policy::policy_set const> policies_;
    std::optional<test_file::text_map> life_;
    std::optional<policy::time_point> alive_since_; // the startsAt of the sign of life
    bool live_ = true;
    std::unique_ptr<policy::engine> engine_;
    policy::time_point now_;
    std::vector<policy::action::inspect> asked_;
    std::optional<policy::action::update> sent_;
    bool list_asked_ = false;
    std::vector<policy::decision> posted_;
};

} // namespace autoscaler::server::trial
