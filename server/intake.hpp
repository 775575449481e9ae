// Where alerts come in: counted, handed to the engine, passed on to peers, and kept on the disk where nobody
// would send them again. One thread.
#pragma once

#include "server/alertmanager/alert_sink.hpp"
#include "server/metrics/metrics.hpp"
#include "server/relay/handover.hpp"
#include "server/relay/relayer.hpp"
#include "server/storage/storage.hpp"

#include <cstdint>
#include <functional>
#include <span>
#include <string>

namespace autoscaler::server {

struct intake_ways {
    std::function<void(std::span<policy::alert_notice const>)> deliver; // to the engine, at once
    std::function<std::uint64_t()> refused; // how many it has refused for want of memory, in all
    // Whether an alert fires now, to the engine, as far as a webhook has said so: a late copy of a resolved
    // one does not.
    std::function<bool(policy::label_set)> fires;
    // To the engine, too: what a peer knew that was asked.
    std::function<void(std::span<policy::alert_notice const>)> take_over;
    relay::relayer* peers = nullptr; // null: there are none
};

class intake final : public alert_sink {
public:
    // All outlive this. `kept` may be null: nothing is stored then.
    intake(metrics& counters, storage::database* kept, intake_ways ways);

    alert_receipt on_alerts(alert_delivery const& delivery) override;
    boost::asio::awaitable<std::string> store(alert_delivery delivery) override;

    // What a peer knew: what is news of it is taken in, and its webhook alerts are stored. `what` outlives
    // the call.
    boost::asio::awaitable<std::string> take_over(relay::handover const& what, policy::time_point now);

private:
    bool is_own(http::request const* asked) const;
    void pass_on(alert_delivery const& delivery);
    boost::asio::awaitable<std::string>
    keep(std::span<policy::alert_notice const> notices, policy::time_point now);

    metrics& counters_;
    storage::database* kept_;
    intake_ways ways_;
};

} // namespace autoscaler::server
