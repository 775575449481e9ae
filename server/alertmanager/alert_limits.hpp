// What the bodies with alerts may hold. Plain values; the defaults are documented here. Alertmanager has none
// of these limits, and what Prometheus sends is far below them.
#pragma once

#include <cstddef>

namespace autoscaler::server::alertmanager {

struct alert_limits {
    std::size_t alerts = 20'000;                // of one body, which is answered 413 beyond
    std::size_t labels = 256;                   // of one alert, which is refused beyond
    std::size_t annotations = 256;              // likewise
    std::size_t name = std::size_t{1} << 10U;   // bytes of the name of a label or an annotation
    std::size_t nesting = 10'000;               // of arrays and objects; Go's own limit, so Alertmanager's
    std::size_t value = std::size_t{64} << 10U; // bytes of its value, and of the generator URL
};

} // namespace autoscaler::server::alertmanager
