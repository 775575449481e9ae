// What stands behind Alertmanager's API in tests: an engine that holds the alerts, and the silences in a
// list. Nothing is written anywhere. One thread, but for its clock.
#pragma once

#include "policy/core/engine.hpp"
#include "server/alertmanager/alert_sink.hpp"
#include "server/alertmanager/backend.hpp"
#include "server/shared/silence_rules.hpp"

#include <atomic>
#include <functional>

namespace autoscaler::test {

// A moment that a test sets while a server asks for it.
class test_clock {
public:
    explicit test_clock(policy::time_point now) : milliseconds_(now.time_since_epoch().count()) {}

    policy::time_point now() const { return policy::time_point(policy::duration(milliseconds_.load())); }

    void advance(policy::duration by) { milliseconds_ += by.count(); }

private:
    std::atomic<policy::duration::rep> milliseconds_;
};

class memory_backend : public server::alertmanager::backend, public server::alert_sink {
public:
    memory_backend(server::alertmanager::routing routes, test_clock const& clock);

    void visit_alerts(policy::time_point now, std::function<void(policy::listed_alert const&)> const& visit)
        const override;
    std::vector<policy::silence> const& silences() const override;
    boost::asio::awaitable<server::shared::silence_outcome> set_silence(server::shared::silence_draft draft
    ) override;
    boost::asio::awaitable<server::shared::silence_outcome> expire_silence(std::string id) override;
    server::alertmanager::routing const& routes() const override;

    server::alert_receipt on_alerts(server::alert_delivery const& delivery) override;

    // Neither Swarm nor a disk takes silences while this is set.
    std::string out_of_order;

private:
    server::shared::silence_outcome take(server::shared::silence_verdict verdict);

    server::alertmanager::routing routes_;
    test_clock const& clock_;
    policy::engine engine_;
    std::vector<policy::silence> silences_;
    unsigned made_ = 0;
};

} // namespace autoscaler::test
