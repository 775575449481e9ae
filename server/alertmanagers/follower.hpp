// Reads the Alertmanagers of the policy file at the start, for those whose alerts reach us by webhook: the
// next message about an alert that fires may be hours away. Each is asked until it has answered, then as long
// as an alert that it had lasts. One thread.
#pragma once

#include "policy/core/alert.hpp"
#include "policy/core/policy.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace autoscaler::server::alertmanagers {

struct follower_timing {
    // Between two tries of one that has not answered: doubled from the first to the last.
    std::chrono::milliseconds first_retry = std::chrono::seconds(1);
    std::chrono::milliseconds last_retry = std::chrono::seconds(30);
    // Between two reads. Prometheus lets its alerts run out four minutes after it last sent them.
    std::chrono::milliseconds rhythm = std::chrono::seconds(60);
};

struct follower_events {
    // Notices of source alert_source::api, as views for the call.
    std::function<void(std::span<policy::alert_notice const>)> alerts;
    std::function<policy::time_point()> now;
};

class follower {
public:
    follower(
        boost::asio::any_io_executor executor,
        std::vector<policy::alertmanager_source> sources,
        follower_events told,
        follower_timing timing = {}
    );
    // Stops.
    ~follower();
    follower(follower const&) = delete;
    follower& operator=(follower const&) = delete;
    follower(follower&&) = delete;
    follower& operator=(follower&&) = delete;

    // Each ends when there is nothing left to follow, or soon after stop(); for the owner to run. They may
    // outlive this object.
    std::vector<boost::asio::awaitable<void>> tasks();

    void stop();

private:
    struct core;
    std::shared_ptr<core> core_;
};

} // namespace autoscaler::server::alertmanagers
