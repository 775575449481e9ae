#include "server/alertmanager/alert_sink.hpp"

namespace autoscaler::server {

boost::asio::awaitable<std::string> alert_sink::store(alert_delivery) {
    co_return std::string();
}

} // namespace autoscaler::server
