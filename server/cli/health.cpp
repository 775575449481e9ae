#include "server/cli/health.hpp"

#include "server/http_client/client.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <memory>
#include <optional>
#include <ostream>

namespace autoscaler::server::cli {

namespace asio = boost::asio;

namespace {

constexpr std::size_t longest_answer = 4096; // the status is all that counts

// Time for a call that is cancelled to come to its end.
constexpr std::chrono::milliseconds grace{500};

http_client::request question(http_address const& server, std::chrono::milliseconds deadline) {
    http_client::request made;
    made.url = to_string(server) + "/-/healthy";
    made.headers = {{"User-Agent", "swarm-autoscaler-health"}};
    made.timeout = deadline;
    return made;
}

} // namespace

int run_health(health_options const& options, std::ostream& err, std::chrono::milliseconds deadline) {
    auto const asked = question(options.server, deadline);
    policy::http_config how;
    how.tls = options.tls;
    how.follow_redirects = false;

    auto io = std::make_unique<asio::io_context>(1);
    http_client::client client(io->get_executor(), {.body = longest_answer, .idle = 0});
    std::optional<http_client::result<http_client::response>> answer;
    asio::co_spawn(*io, client.send(asked, how), [&](std::exception_ptr const&, auto result) {
        answer.emplace(std::move(result));
    });
    // A thread of the C library looks names up and cannot be called off: what is left of it ends with us.
    io->run_for(deadline + grace);
    std::string fault;
    if (!answer)
        fault = "no answer in time";
    else if (!*answer)
        fault = answer->error().message;
    else if ((*answer)->status != 200)
        fault = "the answer has status " + std::to_string((*answer)->status);
    if (!io->stopped())
        static_cast<void>(io.release()); // NOLINT(bugprone-unused-return-value): see above
    if (fault.empty())
        return 0;
    err << "unhealthy: " << asked.url << ": " << fault << '\n';
    return exit_failed;
}

} // namespace autoscaler::server::cli
