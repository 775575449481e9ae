// Where alerts come in: counted, handed to the engine, and kept on the disk where nobody would send them
// again. One thread.
#pragma once

#include "server/alertmanager/alert_sink.hpp"
#include "server/metrics/metrics.hpp"
#include "server/storage/storage.hpp"

#include <cstdint>
#include <functional>
#include <span>
#include <string>

namespace autoscaler::server {

struct intake_ways {
    std::function<void(std::span<policy::alert_notice const>)> deliver; // to the engine, at once
    std::function<std::uint64_t()> refused; // how many it has refused for want of memory, in all
    // Whether an alert fires, to the engine: a late copy of a resolved one does not.
    std::function<bool(policy::label_set, policy::time_point)> fires;
};

class intake final : public alert_sink {
public:
    // All outlive this. `kept` may be null: nothing is stored then.
    intake(metrics& counters, storage::database* kept, intake_ways ways);

    alert_receipt on_alerts(alert_delivery const& delivery) override;
    boost::asio::awaitable<std::string> store(alert_delivery delivery) override;

private:
    metrics& counters_;
    storage::database* kept_;
    intake_ways ways_;
};

} // namespace autoscaler::server
