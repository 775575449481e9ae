#include "support/memory_backend.hpp"

#include <algorithm>
#include <cstdio>

namespace autoscaler::test {

namespace shared = server::shared;

memory_backend::memory_backend(server::alertmanager::routing routes, test_clock const& clock)
    : routes_(std::move(routes))
    , clock_(clock)
    , engine_({.instance = "test"}, std::make_shared<policy::policy_set>(), clock.now()) {}

void memory_backend::visit_alerts(
    policy::time_point now, std::function<void(policy::listed_alert const&)> const& visit
) const {
    engine_.visit_alerts(now, visit);
}

std::vector<policy::silence> const& memory_backend::silences() const {
    return silences_;
}

shared::silence_outcome memory_backend::take(shared::silence_verdict verdict) {
    for (auto& each : verdict.write) {
        std::erase_if(silences_, [&](auto const& old) { return old.id == each.id; });
        silences_.push_back(std::move(each));
    }
    engine_.on(policy::event::silences_changed{
        std::make_shared<std::vector<policy::silence> const>(silences_), clock_.now()
    });
    return verdict.outcome;
}

boost::asio::awaitable<shared::silence_outcome> memory_backend::set_silence(shared::silence_draft draft) {
    if (!out_of_order.empty())
        co_return shared::silence_outcome{shared::silence_outcome::kind::unavailable, {}, out_of_order};
    char id[37];
    std::snprintf(id, sizeof id, "00000000-0000-4000-8000-%012u", ++made_);
    co_return take(shared::set_silence(silences_, std::move(draft), id, clock_.now(), {}));
}

boost::asio::awaitable<shared::silence_outcome> memory_backend::expire_silence(std::string id) {
    if (!out_of_order.empty())
        co_return shared::silence_outcome{shared::silence_outcome::kind::unavailable, {}, out_of_order};
    co_return take(shared::expire_silence(silences_, id, clock_.now()));
}

server::alertmanager::routing const& memory_backend::routes() const {
    return routes_;
}

server::alert_receipt memory_backend::on_alerts(server::alert_delivery const& delivery) {
    engine_.on(policy::event::alerts_received{delivery.notices, clock_.now()});
    return {};
}

} // namespace autoscaler::test
