// What Alertmanager's API v2 says about itself and its alerts: GET of /status, /receivers, /alerts and
// /alerts/groups. Refers to the backend; everything is answered at once.
#pragma once

#include "server/alertmanager/api.hpp"
#include "server/alertmanager/backend.hpp"

#include <functional>
#include <optional>
#include <string>

namespace autoscaler::server::alertmanager {

// What /status says besides the routes. Clients compare `version` with their own.
struct identity {
    std::string version; // of the API that is served
    std::string revision;
    std::string build_date;
    std::string name;    // of this instance, the one peer of its cluster
    std::string address; // "host:port" of its listener
    policy::time_point started;
};

// Answers in the place of the list of alerts; nothing where it is an ordinary client that asks.
using peer_list_answer = std::function<std::optional<http::response>(http::request const&)>;

class read_api {
public:
    // `knows` must live as long as the routes.
    read_api(backend const& knows, identity self, wall_clock now, peer_list_answer for_peers = {});

    // The routes refer to this object.
    void add_to(http::router& routes) const;

private:
    http::response status() const;
    http::response receivers() const;
    http::response alerts(http::request const& asked) const;
    http::response groups(http::request const& asked) const;

    backend const& knows_;
    identity self_;
    wall_clock now_;
    peer_list_answer for_peers_;
};

} // namespace autoscaler::server::alertmanager
