// What must hold, whatever happens. Every write that the modelled Swarm accepts is checked here against the
// true story: when writes were really decided, who could know of which, what the label then said. At the end,
// every alert that still fires must have been acted on, or something on record explains why not.
#pragma once

#include "tests/simulation/autoscaler.hpp"
#include "tests/simulation/stage.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace autoscaler::simulation {

// A write on its way to Swarm. Its autoscaler may have died since.
struct attempt {
    std::string writer;
    std::size_t index = 0; // of its autoscaler
    std::shared_ptr<policy::policy_set const> policies;
    policy::action::update what;
    time_point decided;            // in true time
    std::set<std::uint64_t> knows; // earlier writes to the service that its autoscaler could know of
    // Those of them that a rollback has not undone before it heard of them, and that it had not found done
    // when it first looked.
    std::set<std::uint64_t> told;
    std::set<std::uint64_t> found;
    // What it had been told that people have switched off; may be null.
    std::shared_ptr<std::vector<policy::silence> const> silences;
    std::shared_ptr<std::vector<policy::service_pause> const> pauses;
    bool hears_up = false;  // to its engine the alert for more fires, silenced or not
    bool clock_kept = true; // its clock was never far off in this life
};

// An accepted write.
struct written {
    attempt by;
    std::int64_t from = 0;
    std::int64_t to = 0;
    time_point accepted;

    bool up() const { return to > from; }

    bool down() const { return to < from; }
};

class promises {
public:
    explicit promises(stage& on) : stage_(on) {}

    // Swarm has accepted a write: `before` and `after` are the service as it was and is.
    void check(attempt const& by, model::service const& before, model::service const& after);

    // Somebody else has changed the count.
    void outside_change(std::string const& id, std::int64_t from, std::int64_t to);

    // Somebody has rolled it back: an older label is there again.
    void rolled_back(std::string const& id) { rolled_back_.insert(id); }

    // An autoscaler was shown this: it can know of what its labels tell.
    void shown(autoscaler& to, policy::service_view const& view);

    std::vector<written> const& writes() const { return writes_; }

private:
    void check_bounds(attempt const& by, model::service const& before);
    void check_rollout(attempt const& by, model::service const& before);
    void check_pace(attempt const& by);
    void check_adopted(attempt const& by, policy::service_policy const& policy);
    void check_acts(attempt const& by);
    void check_undoing(attempt const& by);
    void check_switches(attempt const& by, model::service const& before);
    void check_episode(attempt const& by);
    void check_label(attempt const& by, model::service const& before, model::service const& after);
    void check_history(attempt const& by, policy::service_state const& label, std::string const& id);
    bool clocks_kept(attempt const& by) const;

    // The latest write of which `counts` says yes.
    written const* last_of(std::set<std::uint64_t> const& among, auto const& counts) const {
        for (auto serial = among.rbegin(); serial != among.rend(); ++serial)
            if (counts(writes_[*serial]))
                return &writes_[*serial];
        return nullptr;
    }

    void broken(attempt const& by, std::string_view promise);

    struct outside {
        std::string id;
        time_point at;
        std::int64_t delta = 0;
    };

    stage& stage_;
    std::vector<written> writes_;                                 // the serial number of a write is its place
    std::map<std::string, std::uint64_t, std::less<>> serial_of_; // by writer and counter
    std::vector<outside> outside_;
    std::set<std::string, std::less<>> rolled_back_;

    // By autoscaler's life and service ID: the latest version and label that it was shown.
    struct last_shown {
        std::uint64_t version = 0;
        std::uint64_t sequence = 0;
        bool labelled = false;
        std::string writer;
        time_point first; // when it was shown for the first time
        std::int64_t replicas = 0;
        std::optional<time_point> saw_up; // when it was first shown that others than autoscalers had scaled
        std::optional<time_point> saw_down;
    };

    std::map<std::pair<std::string, std::string>, last_shown> shown_;
};

// Facts that the engine may go by, found again in the policies.
policy::service_policy const* policy_named(policy::policy_set const& all, std::string_view name);
policy::rule const* rule_named(policy::service_policy const& of, std::string_view name);

} // namespace autoscaler::simulation
