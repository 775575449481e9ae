// Silences over Alertmanager's API v2: list, read, post, delete. Refers to the backend, which keeps them and
// knows their rules.
#pragma once

#include "server/alertmanager/api.hpp"
#include "server/alertmanager/backend.hpp"
#include "server/shared/silence_rules.hpp"

namespace autoscaler::server::alertmanager {

class silence_api {
public:
    // `keeps` must live as long as the routes. Of `limits`, those of one silence are looked at here.
    silence_api(backend& keeps, shared::silence_limits const& limits, wall_clock now);

    // The routes refer to this object.
    void add_to(http::router& routes);

private:
    http::response list(http::request const& asked) const;
    http::response read(http::request const& asked) const;
    boost::asio::awaitable<http::response> post(http::request const& asked);
    boost::asio::awaitable<http::response> expire(http::request const& asked);

    backend& keeps_;
    shared::silence_limits limits_;
    wall_clock now_;
};

} // namespace autoscaler::server::alertmanager
