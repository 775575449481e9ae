#include "server/driver/outside_work.hpp"

#include <utility>

namespace autoscaler::server {

namespace asio = boost::asio;

namespace {

constexpr auto nobody_to_ask = "the policies have no prometheus to ask";

} // namespace

outside_work::outside_work(outside_world world, clock now, task_group& tasks, outside_events told)
    : world_(std::move(world)), now_(std::move(now)), tasks_(tasks), told_(std::move(told)) {}

void outside_work::ask(std::optional<policy::prometheus_source> const& source) {
    auto const before = std::exchange(source_, nullptr);
    sent_.clear();
    if (source && world_.connect)
        source_ = world_.connect(*source);
    if (before)
        before->stop();
}

void outside_work::run(policy::action::query what) {
    if (!stopped_)
        tasks_.spawn(query(std::move(what)));
}

void outside_work::run(policy::action::list_alerts) {
    if (!stopped_)
        tasks_.spawn(list_alerts());
}

void outside_work::run(policy::action::post what) {
    ++messages_;
    tasks_.spawn(deliver(std::move(what)));
}

void outside_work::stop_questions() {
    stopped_ = true;
    if (source_)
        source_->stop();
}

void outside_work::stop_messages() {
    if (world_.messages)
        world_.messages->stop();
}

asio::awaitable<void> outside_work::query(policy::action::query what) {
    policy::event::sample_received heard{
        .service = what.service,
        .policy = what.policy,
        .rule = what.rule,
        .answer = {},
        .asked = {},
        .now = {},
        .promql = what.promql,
    };
    heard.answer = co_await answer_to(what.promql, heard.asked);
    if (stopped_)
        co_return;
    told_.queried(what, heard.answer);
    heard.now = now_();
    told_.answered(heard);
}

// Asks, and where another source has taken its place meanwhile, asks that. `asked` outlives the call.
asio::awaitable<policy::query_answer> outside_work::answer_to(std::string promql, policy::time_point& asked) {
    for (;;) {
        auto const source = source_;
        auto const [sent, first] = sent_.try_emplace(promql, now_());
        asked = sent->second;
        policy::query_answer answer{.series = {}, .error = nobody_to_ask};
        if (source)
            answer = co_await source->query(promql);
        if (source != source_ && !stopped_)
            continue;
        if (first)
            sent_.erase(promql);
        co_return answer;
    }
}

// A list of a source that is no longer asked is an error: the engine asks the next one by itself.
asio::awaitable<void> outside_work::list_alerts() {
    auto const source = source_;
    prometheus::alerts_result found{.firing = {}, .error = nobody_to_ask};
    if (source)
        found = co_await source->alerts();
    if (stopped_)
        co_return;
    prometheus::listed_notices const notices(found.firing);
    told_.answered(policy::event::alerts_listed{.alerts = notices.get(), .error = found.error, .now = now_()}
    );
}

asio::awaitable<void> outside_work::deliver(policy::action::post what) {
    policy::event::post_finished done{.what = what.what, .error = "nobody sends messages", .now = {}};
    if (world_.messages)
        done.error = co_await world_.messages->send(std::move(what));
    told_.posted(done.what, done.error);
    done.now = now_();
    told_.answered(done);
    if (--messages_ == 0)
        told_.delivered_all();
}

} // namespace autoscaler::server
