#include "policy/yaml/http_headers.hpp"
#include "policy/yaml/map_reader.hpp"
#include "policy/yaml/scalars.hpp"
#include "policy/yaml/spelling.hpp"
#include "server/http/message.hpp"
#include "server/web/read_config.hpp"

#include <algorithm>
#include <array>

namespace autoscaler::server::web {

using namespace policy::yaml;

namespace {

using header_list = std::vector<std::pair<std::string, std::string>>;

// The toolkit's own, which has no others.
constexpr std::array<std::string_view, 5> usual{
    "Strict-Transport-Security",
    "X-Content-Type-Options",
    "X-Frame-Options",
    "X-XSS-Protection",
    "Content-Security-Policy",
};

// What frames an answer or says who may read it: only the server knows.
constexpr std::array<std::string_view, 11> reserved{
    "Connection",
    "Content-Encoding",
    "Content-Length",
    "Content-Type",
    "Date",
    "Keep-Alive",
    "Trailer",
    "Transfer-Encoding",
    "Upgrade",
    "Vary",
    "WWW-Authenticate",
};

bool is_one_of(std::string_view name, std::span<std::string_view const> names) {
    return std::ranges::any_of(names, [&](auto each) { return http::same_text(name, each); });
}

// "" = good.
std::string fault_in_name(std::string const& name) {
    if (!is_header_name(name))
        return in_quotes(name) + " cannot be the name of a header";
    if (is_one_of(name, reserved))
        return "the header " + in_quotes(name) + " cannot be set here: it is the answer's own";
    if (name.size() > 15 && http::same_text(std::string_view(name).substr(0, 15), "access-control-"))
        return "the header " + in_quotes(name) +
               " cannot be set here: --web.cors.origin says who may read answers";
    return {};
}

std::string fault_in_value(std::string const& name, std::string_view value) {
    if (!is_header_text(value))
        return "must be one line without control characters";
    if (http::same_text(name, "x-content-type-options") && !http::same_text(value, "nosniff"))
        return "must be nosniff";
    if (http::same_text(name, "x-frame-options") && !http::same_text(value, "deny") &&
        !http::same_text(value, "sameorigin"))
        return "must be deny or sameorigin";
    return {};
}

void read_header(entry const& seen, header_list& headers, fault_sink& faults) {
    std::string const& name = seen.key.text;
    std::string const what = "http_server_config.headers." + name;
    if (auto const fault = fault_in_name(name); !fault.empty()) {
        faults.error(seen.key.offset, fault);
        return;
    }
    auto value = seen.value.what == node::kind::plain && seen.value.text == "0" // X-XSS-Protection: 0
                     ? std::optional(seen.value.text)
                     : read_any_text(seen.value, what, faults);
    if (!value || value->empty()) // "" leaves a header out, as in the toolkit
        return;
    if (auto const fault = fault_in_value(name, *value); !fault.empty()) {
        faults.error(seen.value.offset, what + " " + fault);
        return;
    }
    if (std::ranges::any_of(headers, [&](auto const& each) { return http::same_text(each.first, name); }))
        faults.error(seen.key.offset, "the header " + in_quotes(name) + " is written twice");
    if (auto const guess = is_one_of(name, usual) ? std::nullopt : nearest(name, usual))
        faults.warning(
            seen.key.offset, "the header " + in_quotes(name) + ": did you mean " + in_quotes(*guess) + "?"
        );
    headers.emplace_back(name, std::move(*value));
}

} // namespace

header_list read_http_settings(node const& value, fault_sink& faults) {
    header_list headers;
    map_reader map(faults, "http_server_config");
    // Without effect: we speak HTTP/1.1 alone, which every client of HTTP/2 speaks, too.
    map.key("http2", [&](entry const& seen) {
        static_cast<void>(read_boolean(seen.value, "http_server_config.http2", faults));
    });
    map.key("headers", [&](entry const& seen) {
        map_reader names(faults, "http_server_config.headers");
        names.other_keys([&](entry const& header) { read_header(header, headers, faults); });
        names.read(seen.value);
    });
    map.read(value);
    return headers;
}

} // namespace autoscaler::server::web
