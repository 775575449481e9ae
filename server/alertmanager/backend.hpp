// What the read side of Alertmanager's API and its silences stand on, as an interface: the daemon answers
// from the engine and the shared state, tests script it. One thread, the io_context's.
#pragma once

#include "policy/core/listed_alert.hpp"
#include "policy/core/silence.hpp"
#include "server/alertmanager/routing.hpp"
#include "server/shared/silence_change.hpp"

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <string>
#include <vector>

namespace autoscaler::server::alertmanager {

class backend {
public:
    virtual ~backend() = default;

    // The alerts that fire, in no order; the views live for the call.
    virtual void visit_alerts(
        policy::time_point now, std::function<void(policy::listed_alert const&)> const& visit
    ) const = 0;

    // All that are known, expired ones too, in no order.
    virtual std::vector<policy::silence> const& silences() const = 0;

    // Ends once the silence is kept, or cannot be.
    virtual boost::asio::awaitable<shared::silence_outcome> set_silence(shared::silence_draft draft) = 0;
    virtual boost::asio::awaitable<shared::silence_outcome> expire_silence(std::string id) = 0;

    // Who receives which alert: by the policies in force.
    virtual routing const& routes() const = 0;

protected:
    backend() = default;
    backend(backend const&) = default;
    backend& operator=(backend const&) = default;
    backend(backend&&) = default;
    backend& operator=(backend&&) = default;
};

} // namespace autoscaler::server::alertmanager
