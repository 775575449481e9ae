// Where decoded alerts go. The driver implements it; the HTTP rooms only call it.
#pragma once

#include "policy/core/alert.hpp"

#include <cstddef>

namespace autoscaler::server {

struct alert_delivery {
    std::string_view api; // "v1", "v2" or "webhook": the way it came
    // In the order of the body, the same alert perhaps several times; views that die with the call. May be
    // empty.
    std::span<policy::alert_notice const> notices;
    std::size_t invalid = 0; // alerts of the same body that were refused
    policy::time_point now;
};

class alert_sink {
public:
    virtual ~alert_sink() = default;

    // Called once per body that could be read, before its answer is written, on the io_context's thread. Must
    // be quick: no Docker work here.
    virtual void on_alerts(alert_delivery const& delivery) = 0;
};

} // namespace autoscaler::server
