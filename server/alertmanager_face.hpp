// What the daemon looks like to those who take it for an Alertmanager: the engine's alerts, the silences that
// all autoscalers share, and the policies as routes. One thread.
#pragma once

#include "policy/core/engine.hpp"
#include "server/alertmanager/backend.hpp"
#include "server/shared/shared_state.hpp"

#include <functional>
#include <string>
#include <vector>

namespace autoscaler::server {

class alertmanager_face final : public alertmanager::backend {
public:
    // Both outlive this.
    alertmanager_face(policy::engine const& engine, shared::shared_state& shared);

    // The engine has other policies now.
    void policies_replaced();

    void visit_alerts(policy::time_point now, std::function<void(policy::listed_alert const&)> const& visit)
        const override;
    std::vector<policy::silence> const& silences() const override;
    boost::asio::awaitable<shared::silence_outcome> set_silence(shared::silence_draft draft) override;
    boost::asio::awaitable<shared::silence_outcome> expire_silence(std::string id) override;
    alertmanager::routing const& routes() const override;

private:
    policy::engine const& engine_;
    shared::shared_state& shared_;
    alertmanager::routing routes_;
};

} // namespace autoscaler::server
