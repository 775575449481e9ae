// Counts finished requests and writes them as Prometheus text, under the names that Spring's Micrometer gives
// them. It reads no clock and does no I/O; the caller measures. Not for several threads.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tuple>

namespace patient {

class request_meter {
public:
    // `uri` is a route ("/patient/{id}"), never what the client wrote: else every stranger adds a series.
    void count(std::string_view method, std::string_view uri, unsigned status, std::chrono::nanoseconds took);

    // The text exposition format, version 0.0.4; seconds as Prometheus wants them.
    [[nodiscard]] std::string text() const;

private:
    struct total {
        std::uint64_t count{};
        std::chrono::nanoseconds time{};
    };

    std::map<std::tuple<std::string, std::string, unsigned>, total> totals_;
};

} // namespace patient
