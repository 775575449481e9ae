#include "stack/patient/request_meter.hpp"

namespace patient {

namespace {

// Micrometer's words for a status, as its http.server.requests metric has them.
std::string_view outcome_of(unsigned status) {
    if (status < 200)
        return "INFORMATIONAL";
    if (status < 300)
        return "SUCCESS";
    if (status < 400)
        return "REDIRECTION";
    if (status < 500)
        return "CLIENT_ERROR";
    return "SERVER_ERROR";
}

} // namespace

void request_meter::count(
    std::string_view method, std::string_view uri, unsigned status, std::chrono::nanoseconds took
) {
    auto& total = totals_[{std::string(method), std::string(uri), status}];
    ++total.count;
    total.time += took;
}

std::string request_meter::text() const {
    std::string out = "# HELP http_server_requests_seconds Duration of HTTP server requests.\n"
                      "# TYPE http_server_requests_seconds summary\n";
    for (auto const& [key, total] : totals_) {
        auto const& [method, uri, status] = key;
        std::string labels = "{method=\"" + method + "\",outcome=\"" + std::string(outcome_of(status));
        labels += "\",status=\"" + std::to_string(status) + "\",uri=\"" + uri + "\"} ";
        auto const seconds = std::chrono::duration<double>(total.time).count();
        out += "http_server_requests_seconds_count" + labels + std::to_string(total.count) + "\n";
        out += "http_server_requests_seconds_sum" + labels + std::to_string(seconds) + "\n";
    }
    return out;
}

} // namespace patient
