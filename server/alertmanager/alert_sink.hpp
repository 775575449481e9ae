// Where decoded alerts go. The driver implements it; the HTTP rooms only call it.
#pragma once

#include "policy/core/alert.hpp"
#include "server/http/message.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <string>

namespace autoscaler::server {

struct alert_delivery {
    std::string_view api; // "v1", "v2" or "webhook": the way it came
    // In the order of the body, the same alert perhaps several times; views that die with the call. May be
    // empty.
    std::span<policy::alert_notice const> notices;
    std::size_t invalid = 0; // alerts of the same body that were refused
    policy::time_point now;
    http::request const* from = nullptr; // what brought it, alive as long as the notices; null in tests
};

// What became of a delivery.
struct alert_receipt {
    std::size_t refused_for_memory = 0; // the rest was taken
};

class alert_sink {
public:
    virtual ~alert_sink() = default;

    // Called once per body that could be read, before its answer is written, on the io_context's thread. Must
    // be quick: no Docker work here.
    virtual alert_receipt on_alerts(alert_delivery const& delivery) = 0;

    // Called for webhook messages after on_alerts(): nobody sends these again unless we say that they are
    // lost. Ends once they are on the disk, or are not stored at all, with "", else with what is wrong. The
    // views live until this first suspends: what is kept longer is to be copied before.
    virtual boost::asio::awaitable<std::string> store(alert_delivery delivery);
};

} // namespace autoscaler::server
