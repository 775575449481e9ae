#include "server/intake.hpp"

#include "policy/core/alert_store.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace autoscaler::server {

namespace asio = boost::asio;

namespace {

// What a try may take, and what the clocks of two machines may differ by.
constexpr auto delivery_margin = std::chrono::seconds(5);

bool is_over(policy::alert_notice const& notice, policy::time_point now) {
    return notice.source == policy::alert_source::webhook ? notice.resolved
                                                          : notice.ends_at && *notice.ends_at <= now;
}

} // namespace

intake::intake(metrics& counters, storage::database* kept, intake_ways ways)
    : counters_(counters), kept_(kept), ways_(std::move(ways)) {}

// What we have sent to ourselves is known.
bool intake::is_own(http::request const* asked) const {
    return ways_.peers != nullptr && asked != nullptr && ways_.peers->is_own(relay::read_mark(*asked));
}

alert_receipt intake::on_alerts(alert_delivery const& delivery) {
    if (is_own(delivery.from))
        return {};
    std::uint64_t resolved = 0;
    for (auto const& notice : delivery.notices)
        resolved += is_over(notice, delivery.now) ? 1 : 0;
    counters_.alerts_received(delivery.api, "firing", delivery.notices.size() - resolved);
    counters_.alerts_received(delivery.api, "resolved", resolved);
    counters_.alerts_invalid(delivery.invalid);
    if (delivery.notices.empty())
        return {};
    auto const before = ways_.refused();
    auto const passed = delivery.from != nullptr ? relay::read_mark(*delivery.from) : relay::mark{};
    if (passed.relayed) {
        std::vector<policy::alert_notice> told(delivery.notices.begin(), delivery.notices.end());
        for (auto& notice : told)
            notice.heard_at = delivery.now - passed.age;
        ways_.deliver(told);
        if (ways_.peers != nullptr)
            ways_.peers->note_received();
    } else {
        ways_.deliver(delivery.notices);
    }
    auto const refused = ways_.refused() - before;
    counters_.alerts_refused(refused);
    if (!passed.relayed && refused < delivery.notices.size())
        pass_on(delivery);
    return {.refused_for_memory = refused};
}

// Once the first of its firing API alerts has run out, a body would tell of its end, which nobody has seen.
void intake::pass_on(alert_delivery const& delivery) {
    if (ways_.peers == nullptr || delivery.from == nullptr)
        return;
    relay::facts of;
    of.partly = delivery.invalid != 0;
    for (auto const& notice : delivery.notices) {
        of.webhook = notice.source == policy::alert_source::webhook;
        if (of.webhook || is_over(notice, delivery.now))
            continue;
        auto const left =
            notice.ends_at.value_or(delivery.now + policy::resolve_timeout) - delivery.now - delivery_margin;
        of.useful_for = std::min(of.useful_for.value_or(left), left);
    }
    ways_.peers->pass_on(*delivery.from, of);
}

asio::awaitable<std::string> intake::store(alert_delivery delivery) {
    if (is_own(delivery.from))
        co_return "";
    co_return co_await keep(delivery.notices, delivery.now);
}

asio::awaitable<std::string>
intake::keep(std::span<policy::alert_notice const> notices, policy::time_point now) {
    if (kept_ == nullptr || notices.empty())
        co_return "";
    // What the engine has not taken must not come back at the next start either.
    std::vector<policy::alert_notice> taken;
    for (auto const& notice : notices)
        if (notice.resolved != ways_.fires(notice.labels))
            taken.push_back(notice);
    auto problem = co_await kept_->keep_alerts(taken, now);
    if (!problem.empty())
        counters_.storage_failed();
    co_return problem;
}

asio::awaitable<std::string> intake::take_over(relay::handover const& what, policy::time_point now) {
    ways_.take_over(what.firing());
    // Where we have kept one that has ended meanwhile, this is the message that we have missed.
    std::vector<policy::alert_notice> webhooks;
    for (auto const& notice : what.resolved())
        if (ways_.fires(notice.labels))
            webhooks.push_back(notice);
    if (!webhooks.empty())
        ways_.deliver(webhooks);
    for (auto const& notice : what.firing())
        if (notice.source == policy::alert_source::webhook)
            webhooks.push_back(notice);
    co_return co_await keep(webhooks, now);
}

} // namespace autoscaler::server
