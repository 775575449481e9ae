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
};

class alert_paths {
public:
    // All outlive this; `kept` may be null.
    alert_paths(
        policy::engine const& engine,
        shared::shared_state& shared,
        metrics& counters,
        storage::database* kept,
        std::function<void(std::span<policy::alert_notice const>)> deliver,
        alert_path_options const& chosen
    );

    // The routes refer to this object.
    void add_to(http::router& routes);

    // The engine has other policies now.
    void policies_replaced() { face_.policies_replaced(); }

private:
    intake intake_;
    alertmanager_face face_;
    alertmanager::api alerts_;
    webhook::receiver webhook_;
    alertmanager::read_api reads_;
    alertmanager::silence_api silences_;
};

} // namespace autoscaler::server
