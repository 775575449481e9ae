#include "server/alertmanager_face.hpp"

#include <utility>

namespace autoscaler::server {

alertmanager_face::alertmanager_face(policy::engine const& engine, shared::shared_state& shared)
    : engine_(engine), shared_(shared) {
    policies_replaced();
}

void alertmanager_face::policies_replaced() {
    routes_ = alertmanager::routing_of(engine_.policies());
}

void alertmanager_face::visit_alerts(
    policy::time_point now, std::function<void(policy::listed_alert const&)> const& visit
) const {
    engine_.visit_alerts(now, visit);
}

std::vector<policy::silence> const& alertmanager_face::silences() const {
    return shared_.silences();
}

boost::asio::awaitable<shared::silence_outcome> alertmanager_face::set_silence(shared::silence_draft draft) {
    return shared_.set_silence(std::move(draft));
}

boost::asio::awaitable<shared::silence_outcome> alertmanager_face::expire_silence(std::string id) {
    return shared_.expire_silence(std::move(id));
}

alertmanager::routing const& alertmanager_face::routes() const {
    return routes_;
}

} // namespace autoscaler::server
