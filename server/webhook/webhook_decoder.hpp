// Turns the body of Alertmanager's webhook, version 4, into notices: each listed alert by its own status,
// nothing about alerts that are not listed, whatever truncatedAlerts or the group's status say. No clock, no
// socket.
#pragma once

#include "policy/core/alert.hpp"
#include "server/alertmanager/alert_limits.hpp"

#include <memory>
#include <string>
#include <vector>

namespace autoscaler::server::webhook {

// What one body comes to.
struct decoded_webhook {
    enum class kind {
        message,  // a webhook message: notices and faults are set
        alert,    // an object with `labels` and no `alerts`: one alert written by hand, to be read as API v2
                  // does
        array,    // an array, to be read as API v2 does
        too_many, // more alerts than one body may hold: the one fault says so
        refused   // no webhook message: the one fault says why
    };

    kind what = kind::refused;
    // The good alerts, in order. Void after the decoder's next call.
    std::span<policy::alert_notice const> notices;
    // One text for each alert refused: "alerts[2].status: expected ..., got ...".
    std::vector<std::string> faults;
};

class webhook_decoder {
public:
    explicit webhook_decoder(alertmanager::alert_limits limits = {});
    ~webhook_decoder();
    webhook_decoder(webhook_decoder const&) = delete;
    webhook_decoder& operator=(webhook_decoder const&) = delete;

    // Behind `body`, http::body_padding bytes must be readable.
    decoded_webhook decode(std::string_view body);

    // Voids the last notices and gives back memory that an unusually large body has left.
    void trim();

private:
    class state;
    std::unique_ptr<state> state_;
};

} // namespace autoscaler::server::webhook
