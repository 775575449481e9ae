#include "server/intake.hpp"

#include <utility>
#include <vector>

namespace autoscaler::server {

namespace {

bool is_over(policy::alert_notice const& notice, policy::time_point now) {
    return notice.source == policy::alert_source::webhook ? notice.resolved
                                                          : notice.ends_at && *notice.ends_at <= now;
}

} // namespace

intake::intake(metrics& counters, storage::database* kept, intake_ways ways)
    : counters_(counters), kept_(kept), ways_(std::move(ways)) {}

alert_receipt intake::on_alerts(alert_delivery const& delivery) {
    std::uint64_t resolved = 0;
    for (auto const& notice : delivery.notices)
        resolved += is_over(notice, delivery.now) ? 1 : 0;
    counters_.alerts_received(delivery.api, "firing", delivery.notices.size() - resolved);
    counters_.alerts_received(delivery.api, "resolved", resolved);
    counters_.alerts_invalid(delivery.invalid);
    if (delivery.notices.empty())
        return {};
    auto const before = ways_.refused();
    ways_.deliver(delivery.notices);
    auto const refused = ways_.refused() - before;
    counters_.alerts_refused(refused);
    return {.refused_for_memory = refused};
}

boost::asio::awaitable<std::string> intake::store(alert_delivery delivery) {
    if (kept_ == nullptr || delivery.notices.empty())
        co_return "";
    // What the engine has not taken must not come back at the next start either.
    std::vector<policy::alert_notice> taken;
    for (auto const& notice : delivery.notices)
        if (notice.resolved || ways_.fires(notice.labels, delivery.now))
            taken.push_back(notice);
    auto problem = co_await kept_->keep_alerts(taken, delivery.now);
    if (!problem.empty())
        counters_.storage_failed();
    co_return problem;
}

} // namespace autoscaler::server
