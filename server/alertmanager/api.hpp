// How alerts come in over Alertmanager's API: POST of alerts, versions 1 and 2, and the errors for paths that
// nobody serves. Owns its decoder; the sink belongs to the caller.
#pragma once

#include "server/alertmanager/alert_decoder.hpp"
#include "server/alertmanager/alert_sink.hpp"
#include "server/http/router.hpp"

namespace autoscaler::server::alertmanager {

using wall_clock = std::function<policy::time_point()>;

// What a sender is told whose alerts found no room.
std::string refused_for_memory(std::size_t alerts);

class api {
public:
    // `sink` must live as long as the routes.
    api(alert_sink& sink, wall_clock now, alert_limits limits = {});

    // The routes refer to this object.
    void add_to(http::router& routes);

    // Decodes, delivers, answers. Also for alerts that come by another path; see alert_decoder::decode for
    // `single`.
    http::response accept(api_version version, http::request const& asked, bool single = false);

private:
    http::response post_v2(http::request const& asked);

    alert_sink& sink_;
    wall_clock now_;
    alert_decoder decoder_;
};

} // namespace autoscaler::server::alertmanager
