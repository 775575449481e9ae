// Asks Prometheus: instant queries, and which alerts fire. Knows nothing of rules. Runs on one executor and
// needs nothing else, so a command can use it as the daemon does; one thread, no locks.
#pragma once

#include "policy/core/policy.hpp"
#include "policy/core/sample.hpp"
#include "server/prometheus/answer.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace autoscaler::server::prometheus {

// One question that was sent to one url, and how it ended.
struct question_asked {
    std::string_view url;  // of the source, without user, password and query
    bool answered = false; // this Prometheus has settled the matter, be it with an error
    std::chrono::duration<double> took{};
};

// Called on the client's thread; must not throw.
using observer = std::function<void(question_asked const&)>;

// The urls are tried in their order; the next one is asked after a failed connection, a timeout, a status
// that is no answer of the API, or a body that is none. An error that Prometheus finds in the question (bad
// syntax, many-to-many matching) is the answer. A url other than the first that has answered is asked first
// for the next 30 s, so that a dead one before it does not cost a timeout each time; then the order counts
// again. Each url has source.timeout, all of them together three times that, waiting for a turn included.
class client {
public:
    explicit client(
        boost::asio::any_io_executor executor, policy::prometheus_source source, observer told = {}
    );

    // Stops. Calls under way may outlive the client; they end with the error "cancelled".
    ~client();
    client(client const&) = delete;
    client& operator=(client const&) = delete;
    client(client&&) = delete;
    client& operator=(client&&) = delete;

    // An instant query at the server's own time. Who asks for a text that is under way gets the same answer;
    // at most 8 questions are under way at the same time, the rest wait for their turn.
    boost::asio::awaitable<policy::query_answer> query(std::string promql);

    // The alerts that fire now, with the source's external labels.
    boost::asio::awaitable<alerts_result> alerts();

    // Ends all calls under way and to come; each returns to its caller soon afterwards, on the executor. For
    // good.
    void stop();

private:
    struct core;
    std::shared_ptr<core> core_;
};

} // namespace autoscaler::server::prometheus
