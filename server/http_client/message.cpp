#include "server/http_client/message.hpp"

#include <algorithm>

namespace autoscaler::server::http_client {

namespace {

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

} // namespace

std::string_view response::header(std::string_view name) const {
    for (auto const& [each, value] : headers)
        if (std::ranges::equal(each, name, {}, lower, lower))
            return value;
    return {};
}

std::string_view to_string(error_kind kind) {
    switch (kind) {
    case error_kind::invalid:
        return "invalid";
    case error_kind::secret:
        return "secret";
    case error_kind::unknown_host:
        return "unknown_host";
    case error_kind::unreachable:
        return "unreachable";
    case error_kind::tls:
        return "tls";
    case error_kind::timeout:
        return "timeout";
    case error_kind::connection_lost:
        return "connection_lost";
    case error_kind::too_large:
        return "too_large";
    case error_kind::malformed:
        return "malformed";
    case error_kind::redirect:
        return "redirect";
    case error_kind::cancelled:
        return "cancelled";
    }
    return "unknown";
}

std::string describe(error const& failure) {
    if (failure.url.empty())
        return failure.message;
    return failure.url + ": " + failure.message;
}

} // namespace autoscaler::server::http_client
