// Turns the bodies of POST /api/v1/alerts and /api/v2/alerts into notices, and knows Alertmanager's answer to
// each, word for word where it refuses. No clock, no socket; one decoder serves all connections of a thread.
#pragma once

#include "policy/core/alert.hpp"
#include "server/alertmanager/alert_limits.hpp"
#include "server/http/message.hpp"

#include <memory>

namespace autoscaler::server::alertmanager {

enum class api_version { v1, v2 };

std::string_view to_string(api_version version);

// What one body comes to.
struct decoded_alerts {
    // The good alerts, in the order of the body. Void after the decoder's next call.
    std::span<policy::alert_notice const> notices;
    // One text for each alert refused while others were kept.
    std::vector<std::string> refused;
    // The body as a whole could not be read; there are no notices.
    bool unreadable = false;
    http::response answer;
};

class alert_decoder {
public:
    explicit alert_decoder(alert_limits limits = {});
    ~alert_decoder();
    alert_decoder(alert_decoder const&) = delete;
    alert_decoder& operator=(alert_decoder const&) = delete;

    // Behind `body`, http::body_padding bytes must be readable. An object with `labels` is taken as an array
    // of one where `single` is set. `now` decides whether a start without an end lies too far ahead.
    decoded_alerts
    decode(api_version version, std::string_view body, policy::time_point now, bool single = false);

    // Voids the last notices and gives back memory that an unusually large body has left.
    void trim();

private:
    class state;
    std::unique_ptr<state> state_;
};

} // namespace autoscaler::server::alertmanager
