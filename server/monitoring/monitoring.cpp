#include "server/monitoring/monitoring.hpp"

#include "policy/core/history.hpp"
#include "server/log/log.hpp"
#include "server/prometheus/client.hpp"

#include <cstdint>
#include <utility>

namespace autoscaler::server {

namespace asio = boost::asio;
using log::level;

// Whether the Prometheus of one section answers at all.
struct monitoring::health {
    std::uint64_t settled = 0; // questions that some url has settled, be it with an error
    bool failing = false;
    bool unlisted = false; // its list of alerts alone fails: proxies do not let every path pass
    bool over = false;     // another section has taken its place, or the daemon ends

    void answered(std::string_view url) {
        ++settled;
        if (std::exchange(failing, false))
            log::event(level::info, "prometheus answers again", {{"url", url}});
    }

    // A call has ended in an error; `before`: `settled` when it began.
    void failed(std::uint64_t before, std::string const& error) {
        if (over || settled != before || std::exchange(failing, true))
            return;
        log::event(level::error, "prometheus does not answer", {{"error", error}});
    }

    // The same of its list. Where questions are answered, it is no word on Prometheus itself.
    void listing_failed(std::uint64_t before, std::string const& error) {
        if (settled == 0)
            return failed(before, error);
        if (over || failing || std::exchange(unlisted, true))
            return;
        log::event(level::error, "prometheus does not list its alerts", {{"error", error}});
    }

    void listed() {
        if (std::exchange(unlisted, false))
            log::event(level::info, "prometheus lists its alerts again");
    }
};

class monitoring::client final : public monitoring_api {
public:
    client(
        asio::any_io_executor executor, policy::prometheus_source const& source, std::shared_ptr<health> of
    )
        : health_(std::move(of))
        , client_(std::move(executor), source, [known = health_](prometheus::question_asked const& what) {
            if (what.answered)
                known->answered(what.url);
        }) {}

    asio::awaitable<policy::query_answer> query(std::string promql) override {
        return query_by(health_, client_.query(std::move(promql)));
    }

    asio::awaitable<prometheus::alerts_result> alerts() override {
        return alerts_by(health_, client_.alerts());
    }

    void stop() override {
        health_->over = true;
        client_.stop();
    }

private:
    static asio::awaitable<policy::query_answer>
    query_by(std::shared_ptr<health> of, asio::awaitable<policy::query_answer> call) {
        auto const before = of->settled;
        auto answer = co_await std::move(call);
        if (!answer.error.empty())
            of->failed(before, answer.error);
        co_return answer;
    }

    static asio::awaitable<prometheus::alerts_result>
    alerts_by(std::shared_ptr<health> of, asio::awaitable<prometheus::alerts_result> call) {
        auto const before = of->settled;
        auto found = co_await std::move(call);
        if (found.error.empty())
            of->listed();
        else
            of->listing_failed(before, found.error);
        co_return found;
    }

    std::shared_ptr<health> health_;
    prometheus::client client_;
};

monitoring::monitoring(asio::any_io_executor executor, metrics& counters)
    : executor_(std::move(executor)), counters_(counters) {}

monitoring::~monitoring() = default;

std::shared_ptr<monitoring_api> monitoring::connect(policy::prometheus_source const& source) {
    failing_.clear();
    health_ = std::make_shared<health>();
    return std::make_shared<client>(executor_, source, health_);
}

void monitoring::queried(policy::action::query const& what, policy::query_answer const& answer) {
    bool const failed = !answer.error.empty();
    auto const rule = policy::memory_key(what.policy, what.rule);
    counters_.query_ended(rule, failed);
    if (failed && health_ && health_->failing)
        return; // it was said of all of them
    auto const which = rule + " for " + what.service;
    if (failed && failing_.insert(which).second)
        log::event(
            level::warn,
            "query fails",
            {{"service", what.service}, {"policy", what.policy}, {"rule", what.rule}, {"error", answer.error}}
        );
    if (!failed && failing_.erase(which) > 0)
        log::event(
            level::info,
            "query answers again",
            {{"service", what.service}, {"policy", what.policy}, {"rule", what.rule}}
        );
}

} // namespace autoscaler::server
