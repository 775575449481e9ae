// The demo service's two jobs: answering HTTP, and asking another copy of itself whether it is well.
// Both run on the calling thread and own every socket that they open.
#pragma once

#include <chrono>
#include <cstdint>

namespace patient {

// Serves until SIGTERM or SIGINT, then finishes the replies that are under way and returns.
// Each request of patients costs `work` of CPU time, for demonstrations that scale by CPU.
// Throws boost::system::system_error when the port cannot be listened on.
void serve(std::uint16_t port, std::chrono::milliseconds work);

// True if the service on this machine's `port` answers its health check with 200 within two seconds.
[[nodiscard]] bool is_healthy(std::uint16_t port);

} // namespace patient
