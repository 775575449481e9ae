#include "policy/core/pause.hpp"

namespace autoscaler::policy {

bool in_force(service_pause const& which, time_point now) {
    return which.mode != pause_mode::none && (!which.until || now < *which.until);
}

pause_mode combine(pause_mode a, pause_mode b) {
    if (a == b || b == pause_mode::none)
        return a;
    return a == pause_mode::none ? b : pause_mode::both;
}

} // namespace autoscaler::policy
