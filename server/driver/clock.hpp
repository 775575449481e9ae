// The daemon's time: the wall clock as it stood at the start, carried on by the steady clock, so that a step
// of the wall clock does not shake cooldowns. A drift of more than a second is taken over: then the wall
// clock was set right.
#pragma once

#include "policy/core/time.hpp"

#include <utility>

namespace autoscaler::server {

class daemon_clock {
public:
    daemon_clock();

    policy::time_point now();

    // By how much the time was set, forward or back, since this was asked last: what was stamped before is so
    // much older or younger than it seems.
    policy::duration take_step() { return std::exchange(step_, policy::duration{}); }

private:
    std::chrono::steady_clock::time_point steady_start_;
    policy::time_point wall_start_;
    policy::duration step_{};
};

} // namespace autoscaler::server
