// The command `health`: one request with a deadline, for the image's HEALTHCHECK.
#pragma once

#include "server/cli/command_line.hpp"

#include <chrono>
#include <iosfwd>

namespace autoscaler::server::cli {

// Below Docker's usual healthcheck timeouts, so that our line is what `docker inspect` shows.
inline constexpr std::chrono::milliseconds health_deadline = std::chrono::seconds(3);

// Asks for PATH/-/healthy, blocking. Returns 0 where the answer is 200 within the deadline, else exit_failed
// with one line on `err`.
int run_health(
    health_options const& options, std::ostream& err, std::chrono::milliseconds deadline = health_deadline
);

} // namespace autoscaler::server::cli
