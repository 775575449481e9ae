#include "server/driver/clock.hpp"

namespace autoscaler::server {

namespace {

constexpr policy::duration tolerated_drift = std::chrono::seconds(1);

policy::time_point wall_now() {
    return std::chrono::floor<policy::duration>(std::chrono::system_clock::now());
}

} // namespace

daemon_clock::daemon_clock() : steady_start_(std::chrono::steady_clock::now()), wall_start_(wall_now()) {}

policy::time_point daemon_clock::now() {
    auto const steady = std::chrono::steady_clock::now();
    auto const carried = wall_start_ + std::chrono::floor<policy::duration>(steady - steady_start_);
    auto const wall = wall_now();
    if (std::chrono::abs(wall - carried) <= tolerated_drift)
        return carried;
    step_ += wall - carried;
    steady_start_ = steady;
    wall_start_ = wall;
    return wall;
}

} // namespace autoscaler::server
