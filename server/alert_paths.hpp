// The paths by which alerts and silences come in and are looked at: Alertmanager's API and the webhook, wired
// to the engine and to what all autoscalers share. One thread.
#pragma once

#include "server/alertmanager/api.hpp"
#include "server/alertmanager/read_api.hpp"
#include "server/alertmanager/silence_api.hpp"
#include "server/alertmanager_face.hpp"
#include "server/intake.hpp"
#include "server/webhook/receiver.hpp"

#include <functional>

namespace autoscaler::server {

struct alert_path_options {
    alertmanager::identity self;
    alertmanager::alert_limits alerts;
    shared::silence_limits silences;
    std::function<policy::time_point()> now;
    relay::relayer* peers = nullptr; // null: there are none; else it outlives the paths
};

// To the engine.
struct alert_ways {
    std::function<void(std::span<policy::alert_notice const>)> deliver;
    std::function<void(std::span<policy::alert_notice const>)> take_over; // from a peer
};

class alert_paths {
public:
    // All outlive this; `kept` may be null.
    alert_paths(
        policy::engine const& engine,
        shared::shared_state& shared,
        metrics& counters,
        storage::database* kept,
        alert_ways deliver,
        alert_path_options const& chosen
    );

    // The routes refer to this object.
    void add_to(http::router& routes);

    // What a peer knew that was asked; `what` outlives the call.
    boost::asio::awaitable<void> take_over(relay::handover const& what);

    // The engine has other policies now.
    void policies_replaced() { face_.policies_replaced(); }

private:
    std::function<policy::time_point()> now_;
    intake intake_;
    alertmanager_face face_;
    alertmanager::api alerts_;
    webhook::receiver webhook_;
    alertmanager::read_api reads_;
    alertmanager::silence_api silences_;
};

} // namespace autoscaler::server
