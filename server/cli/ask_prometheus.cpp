#include "server/cli/ask_prometheus.hpp"

#include "server/prometheus/client.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>

namespace autoscaler::server::cli {

namespace {

namespace asio = boost::asio;

// Everything it borrows outlives the loop that runs it.
asio::awaitable<void> ask_one(prometheus::client& client, std::string query, policy::query_answer& answer) {
    answer = co_await client.query(std::move(query));
}

} // namespace

std::vector<policy::query_answer>
ask_prometheus(policy::prometheus_source const& source, std::vector<std::string> const& queries) {
    std::vector<policy::query_answer> answers(queries.size(), {.series = {}, .error = "not asked"});
    asio::io_context loop(1);
    prometheus::client client(loop.get_executor(), source);
    std::size_t left = queries.size();
    for (std::size_t i = 0; i < queries.size(); ++i) {
        auto const done = [&, i](std::exception_ptr const& failure) {
            if (failure)
                answers[i] = {.series = {}, .error = "the question could not be asked"};
            if (--left == 0)
                client.stop(); // connections that are kept alive would keep the loop running
        };
        asio::co_spawn(loop, ask_one(client, queries[i], answers[i]), done);
    }
    loop.run();
    return answers;
}

} // namespace autoscaler::server::cli
