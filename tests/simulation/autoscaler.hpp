// One autoscaler: the real engine, a clock of its own, what it has on its disk, and the part of the driver
// that carries out its actions. It dies at failpoints and starts again. It knows nothing of promises.
#pragma once

#include "policy/core/engine.hpp"
#include "server/driver/node_watch.hpp"
#include "tests/simulation/stage.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace autoscaler::simulation {

// A clock that is wrong by more than this is not one that is kept right.
inline constexpr duration most_wrong = 6s;

class autoscaler;

// An alert as a sender speaks of it; owns its text.
struct told_alert {
    std::string name;
    std::string service; // label svc; "" = none
    time_point starts_at;
    std::optional<time_point> ends_at;
    policy::alert_source source = policy::alert_source::api;
    bool resolved = false;
};

// What the engine asks the world for. Answers come back by the functions of `autoscaler`, or never.
class world_access {
public:
    virtual ~world_access() = default;
    virtual void inspect(autoscaler& by, policy::action::inspect what) = 0;
    virtual void update(autoscaler& by, policy::action::update what, model::service_spec posted) = 0;
    virtual void query(autoscaler& by, policy::action::query what) = 0;
    virtual void list_alerts(autoscaler& by) = 0;
    virtual void post(autoscaler& by, policy::action::post what) = 0;
    virtual void read_switches(autoscaler& by) = 0; // at the start
};

// Where an autoscaler dies next time that it writes.
enum class failpoint { none, before_send, reply_unread, before_commit, after_commit };

class autoscaler {
public:
    autoscaler(
        stage& on,
        world_access& world,
        std::size_t index,
        std::shared_ptr<policy::policy_set const> policies,
        duration clock_error
    );

    void start(bool with_storage);
    void crash(incident how);

    bool alive() const { return engine_ != nullptr; }

    // Tells answers for an engine that has died from those for its successor.
    unsigned life() const { return life_; }

    // Dies at the next write, if one comes soon. Until then its memory is saved every five seconds.
    void arm(failpoint where);

    void disarm() { armed_ = failpoint::none; }

    time_point clock() const { return stage_.time.now() + clock_error_; }

    void set_clock(duration error);

    // Its clock was about right since its start.
    bool clock_kept() const { return clock_kept_; }

    duration clock_error() const { return clock_error_; }

    std::string const& name() const { return name_; }

    std::size_t index() const { return index_; }

    std::shared_ptr<policy::policy_set const> const& policies() const { return policies_; }

    policy::engine const& machine() const { return *engine_; }

    // Answers. Each belongs to a life, and is dropped where that is over.
    void answer_inspect(unsigned life, std::string const& service, std::optional<inspected> seen);
    void fail_inspect(unsigned life, std::string const& service, std::string error);
    void answer_update(
        unsigned life, std::string const& service, policy::event::update_result result, std::string error
    );
    void answer_query(
        unsigned life, policy::action::query const& what, policy::query_answer answer, time_point asked
    );
    void answer_list(unsigned life, std::vector<told_alert> const& alerts, std::string error);
    void answer_post(unsigned life, policy::decision const& what, std::string error);

    // News.
    void hear(std::vector<told_alert> const& alerts);
    void hear(model::event const& news);
    void swarm_reached();
    void set_silences(std::shared_ptr<std::vector<policy::silence> const> all);
    void set_pauses(std::shared_ptr<std::vector<policy::service_pause> const> all);
    void switches_read();
    void reload(std::shared_ptr<policy::policy_set const> policies);

    // What it was told that people have switched off; may be null.
    std::shared_ptr<std::vector<policy::service_pause> const> const& pauses() const { return pauses_; }

    std::shared_ptr<std::vector<policy::silence> const> const& silences() const { return silences_; }

    // Whether the alert fires to its engine.
    bool hears(std::string_view alert, std::string_view service) const;

    // Which writes to a service it can know of, in this life: those whose label it was shown, and what their
    // writers knew. See `attempt`.
    struct known_writes {
        std::set<std::uint64_t> knows;
        std::set<std::uint64_t> told;
        std::set<std::uint64_t> found;
    };

    std::map<std::string, known_writes, std::less<>>& knowledge() { return knowledge_; } // by service ID

    std::uint64_t calls() const { return calls_; } // to Swarm, in all

private:
    struct disk {
        std::vector<std::pair<std::pair<std::string, std::string>, std::string>> memories;
        std::set<policy::attachment> attached;
    };

    void on(policy::any_event const& what);
    void carry_out(policy::any_action&& what);
    void sleep_until(time_point local);
    void send(policy::action::update what);
    bool comes_and_goes(std::string_view service) const;
    void save();
    void save_again(unsigned life);
    void recall();
    void compare_with_disk(policy::service_view const& first);

    stage& stage_;
    world_access& world_;
    std::size_t index_;
    std::shared_ptr<policy::policy_set const> policies_;
    duration clock_error_;
    std::string name_;
    bool clock_kept_ = true;
    unsigned life_ = 0;
    unsigned wakes_ = 0; // only the last time that was asked for counts
    std::optional<time_point> wake_;
    std::unique_ptr<policy::engine> engine_;
    std::set<std::string, std::less<>> under_way_; // services with an inspect or an update
    std::map<std::string, inspected, std::less<>> inspected_;
    server::node_watch nodes_;
    failpoint armed_ = failpoint::none;
    disk disk_;
    std::map<std::string, std::uint64_t, std::less<>> recalled_; // sequences by service ID, until it is seen
    std::map<std::pair<std::string, std::string>, std::pair<told_alert, time_point>> webhook_alerts_;
    std::shared_ptr<std::vector<policy::silence> const> silences_;
    std::shared_ptr<std::vector<policy::service_pause> const> pauses_;
    std::map<std::string, known_writes, std::less<>> knowledge_;
    std::uint64_t calls_ = 0;
};

// What a journal says of a decision.
std::string describe(policy::decision const& what);

} // namespace autoscaler::simulation
