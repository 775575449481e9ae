// A small random world around engines, in virtual time: one service with versions, rollouts and other
// writers; a Prometheus that repeats itself; an engine API that is slow, loses replies and conflicts.
// Whatever an engine writes is checked here against what the policy promises. Everything follows from the
// seed.
#pragma once

#include "policy/core/engine.hpp"
#include "support/core_values.hpp"

#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace autoscaler::policy::testing {

struct world_options {
    unsigned seed = 1;
    int instances = 1;
    bool dry_run = false;
    bool restarts = true;
    bool deploys = true; // that erase the label: what another instance did is forgotten by them
};

class small_world {
public:
    explicit small_world(world_options options);
    ~small_world();

    // Lets things happen at random for this long.
    void live(duration time);

    // Nothing goes wrong any more, nobody interferes, and the alert for more fires on.
    void calm_down(duration time);

    std::int64_t replicas() const { return view_.replicas; }

    std::int64_t max() const { return policy_->max; }

    // Broken promises, none in a good run.
    std::vector<std::string> const& violations() const { return violations_; }

    // Everything that engines asked for, in order.
    std::string const& journal() const { return journal_; }

    int writes() const { return writes_; }

private:
    struct instance;

    void at(time_point when, std::function<void()> what);
    void run_until(time_point end);
    std::int64_t below(std::int64_t limit);

    bool chance(int percent) { return below(100) < percent; }

    void boot(std::size_t which);
    void hand(std::size_t which, any_event const& what);
    void carry_out(std::size_t which, action::inspect const& what);
    void carry_out(std::size_t which, action::update const& what);

    void carry_out(std::size_t, auto const&) {} // nothing of its policy polls or posts

    void carry_out(std::size_t which, action::wake_at const& what);
    void carry_out(std::size_t which, action::record const& what);
    void answer(std::size_t which, unsigned life, action::inspect const& what);
    bool apply(action::update const& what);
    void check(instance const& by, action::update const& what);
    void happen();
    void change_outside();
    void change_alert();
    void change_silences();
    void change_pauses();
    void tell_what_is_off(std::size_t which);
    void check_what_is_off(decision const& what);
    void repeat_alerts();
    void send(alert_spec const& what);
    void broken(std::string const& promise);

    world_options options_;
    std::mt19937 random_;
    std::shared_ptr<policy_set const> file_;
    service_policy const* policy_ = nullptr;
    time_point now_ = t0;
    std::multimap<time_point, std::function<void()>> agenda_;
    std::vector<std::unique_ptr<instance>> instances_;
    service_view view_;
    std::map<std::string, alert_spec> firing_;
    std::vector<silence> silences_;
    std::vector<service_pause> pauses_;
    bool calm_ = false;
    int writes_ = 0;
    std::string journal_;
    std::vector<std::string> violations_;
    // The last writes of any instance: the label tells every one of them.
    std::optional<time_point> last_up_;
    std::optional<time_point> last_down_;
};

} // namespace autoscaler::policy::testing
