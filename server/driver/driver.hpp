// Carries out what the engine asks for and feeds the answers back: the engine's only caller. It decides
// nothing. One thread, the io_context's; no request waits for Docker.
#pragma once

#include "policy/core/engine.hpp"
#include "server/driver/node_watch.hpp"
#include "server/driver/outside_work.hpp"
#include "server/driver/task_group.hpp"
#include "swarm_client/swarm_api.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>

namespace autoscaler::server {

// Whether the daemon can do its work, and if not, why: what /-/ready says.
struct readiness {
    bool ready = false;
    std::string cause = "no Swarm manager has answered yet";
};

// Who wants to know. All are called on the driver's thread and must not throw.
struct driver_observers {
    std::function<void(policy::decision const&)> decided;
    // A call to Swarm: inspect, tasks, update; how it ended (ok, or the kind of the error).
    std::function<void(std::string_view operation, std::string_view outcome, std::chrono::duration<double>)>
        called;
    std::function<void()> conflicted;
    // From the alert that caused a step to Swarm's acceptance.
    std::function<void(std::chrono::duration<double>)> scaled_on_alert;
    // The manager that serves, or why none does. Called on changes only.
    std::function<void(readiness const&, std::string_view endpoint)> reached;
    // A service as it was just observed.
    std::function<void(policy::service_view const&)> observed;
    // A config object has changed, or may have while nobody listened.
    std::function<void()> configs_changed;
    // How a query of a rule ended.
    std::function<void(policy::action::query const&, policy::query_answer const&)> queried;
    // How the message of a webhook action ended: error is "" where the receiver has taken it.
    std::function<void(policy::decision const&, std::string const& error)> posted;
};

// How often Swarm is looked after.
struct driver_pace {
    // A manager that serves is asked this often whether it still does. Where none does, swarm_api knows when
    // the next one may be tried again; to be asked before costs it nothing.
    std::chrono::milliseconds probe{5'000};
    std::chrono::milliseconds retry{500};
    // Between the end of the stream of events and the next try: doubled up to the second, while it does not
    // last. Each stream begins with a look at everything.
    std::chrono::milliseconds events{1'000};
    std::chrono::milliseconds longest_events{30'000};
};

class driver {
public:
    using clock = std::function<policy::time_point()>;

    // `swarm` and `engine` outlive the driver.
    driver(
        boost::asio::any_io_executor const& executor,
        swarm::swarm_api& swarm,
        policy::engine& engine,
        outside_world world,
        clock now,
        driver_observers observers,
        driver_pace pace = {}
    );

    // `take_step`: by how much the clock was set since it was asked last. Without it nobody sets the clock.
    void follow_clock(std::function<policy::duration()> take_step) { take_step_ = std::move(take_step); }

    // Begins to watch Swarm and to work.
    void start();

    // Notices in the order in which they came. Returns at once; the text may go after that.
    void receive(std::span<policy::alert_notice const> alerts);

    // The same of what another autoscaler knew that was asked: see event::alerts_received::second_hand.
    void take_over(std::span<policy::alert_notice const> alerts);

    void replace_policies(std::shared_ptr<policy::policy_set const> policies);

    // All that are known, from now on.
    void replace_silences(std::vector<policy::silence> all);
    void replace_pauses(std::vector<policy::service_pause> all);
    void switches_read(); // none of both is missing any longer

    // Takes no more work, lets writes and messages that are under way finish, ends everything else. `swarm`
    // is told to stop by its owner in `stop_swarm`, which cuts calls short; messages are cut short then, too.
    boost::asio::awaitable<void> stop(std::chrono::milliseconds patience, std::function<void()> stop_swarm);

    readiness const& state() const { return ready_; }

private:
    void tell_step();
    void post(policy::any_event const& what);
    void carry_out(policy::any_action&& what);
    void enqueue(policy::any_action&& what);
    void start_next();
    bool settled() const;
    void note_settled();
    void set_ready(readiness now, std::string_view endpoint);
    void catch_up();
    void
    done(std::string_view operation, std::chrono::steady_clock::time_point since, std::string_view outcome);

    boost::asio::awaitable<void> run(policy::action::inspect what);
    boost::asio::awaitable<void> run(policy::action::update what);
    boost::asio::awaitable<swarm::result<swarm::service>> find(policy::action::inspect const& what);
    boost::asio::awaitable<std::optional<swarm::task_counts>> count(std::string id, std::uint64_t wanted);
    boost::asio::awaitable<void> keep_time();
    boost::asio::awaitable<void> watch_manager();
    boost::asio::awaitable<void> follow_events();
    boost::asio::awaitable<void> pause(std::chrono::milliseconds time, boost::asio::steady_timer& timer);

    swarm::swarm_api& swarm_;
    policy::engine& engine_;
    clock now_;
    std::function<policy::duration()> take_step_;
    driver_observers observers_;
    driver_pace pace_;
    task_group tasks_;
    outside_work outside_;

    std::deque<policy::any_action> waiting_; // inspects and updates that wait for a place
    std::size_t under_way_ = 0;
    bool starting_ = false;                      // inside start_next()
    std::set<std::string, std::less<>> writing_; // services whose update is queued or under way
    std::map<std::string, swarm::service, std::less<>>
        inspected_; // by the policy's name of the service: what to post back
    std::map<std::string, std::chrono::steady_clock::time_point, std::less<>>
        alerted_; // since when an alert waits

    node_watch nodes_;
    std::optional<policy::time_point> wake_;
    boost::asio::steady_timer wake_timer_;
    boost::asio::steady_timer manager_timer_;
    boost::asio::steady_timer events_timer_;
    boost::asio::steady_timer
        settled_timer_; // while stopping: cancelled when no write or message is under way
    readiness ready_;
    bool receiving_ = false;        // inside receive()
    std::string served_by_;         // the endpoint that answered last
    bool probed_ = false;           // the manager was asked before
    bool following_ = false;        // the stream of events is open
    bool events_lost_ = false;      // it was not open all the time
    bool missed_something_ = false; // everything has to be looked at
    bool stopping_ = false;
};

} // namespace autoscaler::server
