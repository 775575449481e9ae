#include "server/trial/offset_text.hpp"

namespace autoscaler::server::trial {

std::string offset_text(policy::duration at) {
    std::string const sign = at < at.zero() ? "-" : "";
    auto const size = std::chrono::abs(at);
    auto const seconds = std::chrono::floor<std::chrono::seconds>(size);
    auto const rest = (size - seconds).count();
    if (rest == 0)
        return sign + std::to_string(seconds.count()) + "s";
    std::string const whole = seconds.count() == 0 ? "" : std::to_string(seconds.count()) + "s";
    return sign + whole + std::to_string(rest) + "ms";
}

} // namespace autoscaler::server::trial
