// What the driver asks of the world besides Swarm, as interfaces: the daemon speaks them to Prometheus and to
// receivers of messages, tests script them. For one thread. Arguments go by value, since a coroutine may
// outlive its caller's.
#pragma once

#include "policy/core/event.hpp"
#include "server/prometheus/answer.hpp"

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <memory>
#include <string>

namespace autoscaler::server {

// Every call ends within a time of its own, at the latest soon after stop(), and with an error where there is
// no answer.
class monitoring_api {
public:
    virtual ~monitoring_api() = default;

    virtual boost::asio::awaitable<policy::query_answer> query(std::string promql) = 0;

    // The alerts that fire now.
    virtual boost::asio::awaitable<prometheus::alerts_result> alerts() = 0;

    // Ends all calls under way and to come. For good.
    virtual void stop() = 0;

protected:
    monitoring_api() = default;
    monitoring_api(monitoring_api const&) = default;
    monitoring_api& operator=(monitoring_api const&) = default;
    monitoring_api(monitoring_api&&) = default;
    monitoring_api& operator=(monitoring_api&&) = default;
};

class message_api {
public:
    virtual ~message_api() = default;

    // Delivers the message, in several tries where needed. Returns "" once the receiver has taken it, else
    // why it has not: without secrets. Ends as calls of monitoring_api do.
    virtual boost::asio::awaitable<std::string> send(policy::action::post message) = 0;

    virtual void stop() = 0;

protected:
    message_api() = default;
    message_api(message_api const&) = default;
    message_api& operator=(message_api const&) = default;
    message_api(message_api&&) = default;
    message_api& operator=(message_api&&) = default;
};

// Who is there to be asked and told.
struct outside_world {
    // Whoever answers for this section of the policy file.
    std::function<std::shared_ptr<monitoring_api>(policy::prometheus_source const&)> connect;
    std::shared_ptr<message_api> messages;
};

} // namespace autoscaler::server
