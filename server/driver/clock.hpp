// The daemon's time: the wall clock as it stood at the start, carried on by the steady clock, so that a step
// of the wall clock does not shake cooldowns. A drift of more than a second is taken over: then the wall
// clock was set right.
#pragma once

#include "policy/core/time.hpp"

namespace autoscaler::server {

class daemon_clock {
public:
    daemon_clock();

    policy::time_point now();

private:
    std::chrono::steady_clock::time_point steady_start_;
    policy::time_point wall_start_;
};

} // namespace autoscaler::server
