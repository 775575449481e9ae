// Carries out what the engine asks of the world besides Swarm: queries, lists of alerts, messages. Takes no
// place of a call to Swarm, and decides nothing. One thread.
#pragma once

#include "policy/core/event.hpp"
#include "server/driver/outside_api.hpp"
#include "server/driver/task_group.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace autoscaler::server {

// All are called on the driver's thread.
struct outside_events {
    std::function<void(policy::any_event const&)> answered;
    // How each query ended; also told where nobody waits for the answer any longer.
    std::function<void(policy::action::query const&, policy::query_answer const&)> queried;
    std::function<void(policy::decision const&, std::string const& error)> posted;
    std::function<void()> delivered_all; // no message is under way any more
};

class outside_work {
public:
    using clock = std::function<policy::time_point()>;

    // `tasks` outlives it, and ends all tasks before it goes.
    outside_work(outside_world world, clock now, task_group& tasks, outside_events told);

    // Whom the questions go to from now on. Those that are under way elsewhere are asked again there.
    void ask(std::optional<policy::prometheus_source> const& source);

    void run(policy::action::query what);
    void run(policy::action::list_alerts what);
    void run(policy::action::post what);

    bool delivering() const { return messages_ > 0; }

    // No answer is told any more, and no question keeps anybody waiting.
    void stop_questions();
    void stop_messages();

private:
    boost::asio::awaitable<void> query(policy::action::query what);
    boost::asio::awaitable<policy::query_answer> answer_to(std::string promql, policy::time_point& asked);
    boost::asio::awaitable<void> list_alerts();
    boost::asio::awaitable<void> deliver(policy::action::post what);

    outside_world world_;
    clock now_;
    task_group& tasks_;
    outside_events told_;
    std::shared_ptr<monitoring_api> source_; // none: the policies have no Prometheus
    // When the question with this text was sent that is under way: who asks for the same gets its answer.
    std::map<std::string, policy::time_point, std::less<>> sent_;
    std::size_t messages_ = 0; // under way
    bool stopped_ = false;
};

} // namespace autoscaler::server
