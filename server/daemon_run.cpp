#include "server/api/api.hpp"
#include "server/cli/policy_file.hpp"
#include "server/daemon_object.hpp"
#include "server/log/log.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <utility>

namespace autoscaler::server {

namespace asio = boost::asio;
using log::level;

namespace {

// SIGTERM must be through within 8 s: first the requests in flight, then what peers have not got of them,
// then silences, then writes that Swarm has not answered yet, and what notifiers are told besides; the disk
// at last.
constexpr auto http_patience = std::chrono::seconds(2);
constexpr auto relay_patience = std::chrono::milliseconds(700);
constexpr auto share_patience = std::chrono::seconds(1);
constexpr auto write_patience = std::chrono::seconds(3);
constexpr auto disk_patience = std::chrono::milliseconds(700); // nothing that was promised waits any more

// What of its memory a daemon may lose that is killed; the rest is in the state label.
constexpr auto save_interval = std::chrono::seconds(5);
constexpr auto prune_interval = std::chrono::hours(1);

std::vector<std::string> errors_of(std::span<policy::fault const> faults) {
    std::vector<std::string> lines;
    for (auto const& fault : faults)
        if (fault.severity == policy::fault_severity::error)
            lines.push_back(policy::to_string(fault));
    return lines;
}

} // namespace

// Alerts that nobody repeated within their time to live, and services that were not seen for long.
void daemon::forget_old() {
    storage_->prune(now() - engine_.policies().webhook_ttl, now() - options_.storage_retention);
}

void daemon::save_memories() {
    std::vector<storage::stored_attachment> attachments;
    for (auto const& [policy, service] : engine_.attachments())
        attachments.push_back({policy, service});
    keeper_->save(
        [this](storage::memory_keeper::visitor const& visit) { engine_.visit_memories(visit); },
        std::move(attachments),
        now()
    );
}

asio::awaitable<void> daemon::look_after_storage() {
    auto pruned = now();
    while (!stopping_) {
        save_memories();
        if (now() - pruned >= prune_interval) {
            forget_old();
            pruned = now();
        }
        storage_timer_.expires_after(save_interval);
        boost::system::error_code woken;
        co_await storage_timer_.async_wait(asio::redirect_error(asio::use_awaitable, woken));
    }
}

void daemon::run() {
    driver_->start();
    shared_->start();
    if (relayer_)
        relayer_->start();
    tasks_.spawn(obey_signals());
    if (storage_)
        tasks_.spawn(look_after_storage());
    follow_alertmanagers();
    io_.run();
    if (storage_)
        storage_->close(disk_patience);
}

void daemon::follow_alertmanagers() {
    follower_.reset();
    if (engine_.policies().alertmanagers.empty())
        return;
    follower_ = std::make_unique<alertmanagers::follower>(
        io_.get_executor(),
        engine_.policies().alertmanagers,
        alertmanagers::follower_events{
            .alerts = [this](std::span<policy::alert_notice const> notices) { driver_->receive(notices); },
            .now = [this] { return now(); }
        }
    );
    for (auto& each : follower_->tasks())
        tasks_.spawn(std::move(each));
}

// A bad file changes nothing but the metric that tells of it.
http::response daemon::reload() {
    auto loaded = cli::load_policy_file(options_.config_file, loading(options_));
    tell_of("policy file", loaded.faults);
    auto faults = loaded.policies ? std::vector<std::string>() : to_lines(loaded.faults);
    if (gate_)
        for (auto& line : errors_of(gate_->reload()))
            faults.push_back(std::move(line));
    if (!loaded.policies) {
        metrics_.config_refused();
        log::event(
            level::error, "policy file refused, the old policies stay", {{"file", options_.config_file}}
        );
        return api::reloaded(faults);
    }
    take_over(std::move(*loaded.policies));
    return api::reloaded(faults);
}

void daemon::take_over(policy::policy_set policies) {
    loaded_ = now();
    metrics_.config_loaded(policies.hash, loaded_);
    policy_watch_.follow(policies.hash);
    log::event(level::info, "policy file loaded", {{"file", options_.config_file}, {"hash", policies.hash}});
    bool const others = policies.alertmanagers != engine_.policies().alertmanagers;
    driver_->replace_policies(std::make_shared<policy::policy_set const>(std::move(policies)));
    paths_->policies_replaced();
    if (others)
        follow_alertmanagers();
}

asio::awaitable<void> daemon::obey_signals() {
    for (;;) {
        boost::system::error_code failure;
        int const signal = co_await signals_.async_wait(asio::redirect_error(asio::use_awaitable, failure));
        if (signal == SIGHUP) {
            reload();
            continue;
        }
        log::event(level::info, "stopping", {{"signal", signal == SIGINT ? "SIGINT" : "SIGTERM"}});
        co_await stop();
        co_return;
    }
}

asio::awaitable<void> daemon::stop() {
    stopping_ = true;
    storage_timer_.cancel();
    co_await http_->stop(http_patience);
    follower_.reset();
    if (relayer_)
        co_await relayer_->stop(relay_patience);
    co_await shared_->stop(share_patience);
    auto const end = std::chrono::steady_clock::now() + write_patience;
    co_await driver_->stop(write_patience, [this] { swarm_->stop(); });
    co_await announcer_.stop(std::max(
        std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now()),
        std::chrono::milliseconds(0)
    ));
    if (storage_)
        save_memories();
    if (simulation_)
        simulation_->close();
    log::event(level::info, "stopped");
}

} // namespace autoscaler::server
