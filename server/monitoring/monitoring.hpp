// The daemon's view of Prometheus: gives the driver a client for each `prometheus:` section, counts what
// fails, and says in the log when Prometheus, or the query of a rule, begins to fail and when it is back: one
// line each, not one for each poll. Borrows the metrics. One thread.
#pragma once

#include "server/driver/outside_api.hpp"
#include "server/metrics/metrics.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <memory>
#include <set>
#include <string>

namespace autoscaler::server {

class monitoring {
public:
    // `counters` outlives it.
    monitoring(boost::asio::any_io_executor executor, metrics& counters);
    ~monitoring();
    monitoring(monitoring const&) = delete;
    monitoring& operator=(monitoring const&) = delete;

    // What is known of the section before is forgotten. The client may outlive this.
    std::shared_ptr<monitoring_api> connect(policy::prometheus_source const& source);

    // How the query of a rule ended: the driver's observer.
    void queried(policy::action::query const& what, policy::query_answer const& answer);

private:
    struct health;
    class client;

    boost::asio::any_io_executor executor_;
    metrics& counters_;
    std::shared_ptr<health> health_; // of the section in force
    std::set<std::string> failing_;  // POLICY/RULE for SERVICE, while Prometheus itself answers
};

} // namespace autoscaler::server
