// The daemon as an object: the rooms it owns and how they meet. daemon_open.cpp says what is opened in which
// order, daemon_run.cpp what happens from then on. One thread, that of run().
#pragma once

#include "policy/core/engine.hpp"
#include "policy/yaml/fault.hpp"
#include "policy/yaml/load_policy.hpp"
#include "server/alert_paths.hpp"
#include "server/alertmanagers/follower.hpp"
#include "server/api/pauses.hpp"
#include "server/cli/command_line.hpp"
#include "server/driver/clock.hpp"
#include "server/driver/driver.hpp"
#include "server/driver/task_group.hpp"
#include "server/http/server.hpp"
#include "server/journal/journal.hpp"
#include "server/journal/policy_watch.hpp"
#include "server/metrics/metrics.hpp"
#include "server/monitoring/monitoring.hpp"
#include "server/notify/announcer.hpp"
#include "server/relay/relayer.hpp"
#include "server/shared/shared_state.hpp"
#include "server/simulation.hpp"
#include "server/storage/memory_keeper.hpp"
#include "server/storage/storage.hpp"
#include "server/web/gate.hpp"
#include "swarm_client/engine_client.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace autoscaler::server {

// One line for each fault.
std::vector<std::string> to_lines(std::span<policy::fault const> faults);

// Each fault as an event of the log, called `what`.
void tell_of(std::string_view what, std::span<policy::fault const> faults);

policy::load_options loading(cli::serve_options const& options);

class daemon {
public:
    daemon(cli::serve_options const& options, std::shared_ptr<policy::policy_set const> policies);

    // Opens storage, listeners and, where asked for, the simulated Swarm. Returns what went wrong, or "".
    std::string open();
    void run();

private:
    std::string open_storage();
    std::string open_swarm();
    std::string open_gate();
    std::string open_relay();
    std::string open_listeners();
    void share_state();
    void note_read(bool& which);
    void recall();
    outside_world outside();
    http::options serving();
    alert_path_options path_options();
    void add_routes(http::router& routes);
    void complete(metrics_state& state) const;
    void follow_alertmanagers();
    http::response reload();
    void take_over(policy::policy_set policies);
    void save_memories();
    void forget_old();
    boost::asio::awaitable<void> look_after_storage();
    boost::asio::awaitable<void> obey_signals();
    boost::asio::awaitable<void> stop();

    policy::time_point now() { return clock_.now(); }

    cli::serve_options options_;
    boost::asio::io_context io_{1};
    daemon_clock clock_;
    metrics metrics_;
    journal journal_;
    monitoring monitoring_;
    std::string instance_;
    policy_watch policy_watch_;
    notify::announcer announcer_;
    std::unique_ptr<storage::database> storage_; // null: nothing is stored
    std::optional<storage::memory_keeper> keeper_;
    std::unique_ptr<simulation> simulation_;
    std::unique_ptr<swarm::engine_client> swarm_;
    policy::engine engine_;
    std::unique_ptr<driver> driver_;
    std::unique_ptr<shared::shared_state> shared_;
    std::unique_ptr<alertmanagers::follower> follower_; // null: the policies name no Alertmanager
    std::unique_ptr<relay::relayer> relayer_;           // null: no peers are named
    std::unique_ptr<alert_paths> paths_;
    std::unique_ptr<api::pauses> pauses_;
    std::shared_ptr<web::gate> gate_; // null: plain HTTP, and everybody may do everything
    std::unique_ptr<http::server> http_;
    boost::asio::signal_set signals_;
    boost::asio::steady_timer storage_timer_;
    task_group tasks_;
    policy::time_point loaded_;
    // What decisions wait for.
    bool switches_read_ = false;
    bool peers_read_ = false;
    bool stopping_ = false;
};

} // namespace autoscaler::server
