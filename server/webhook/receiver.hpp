// The webhook's paths: a message of Alertmanager, or what people post by hand there, told apart by shape.
#pragma once

#include "server/alertmanager/api.hpp"
#include "server/webhook/webhook_decoder.hpp"

namespace autoscaler::server::webhook {

class receiver {
public:
    // All must live as long as the routes. `alerts` takes the bodies that are no webhook messages.
    receiver(
        alert_sink& sink,
        alertmanager::api& alerts,
        alertmanager::wall_clock now,
        alertmanager::alert_limits limits = {}
    );

    // The routes refer to this object.
    void add_to(http::router& routes);

private:
    boost::asio::awaitable<http::response> post(http::request const& asked);
    http::response answer_to(decoded_webhook const& decoded, http::request const& asked);

    alert_sink& sink_;
    alertmanager::api& alerts_;
    alertmanager::wall_clock now_;
    webhook_decoder decoder_;
};

} // namespace autoscaler::server::webhook
