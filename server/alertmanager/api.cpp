#include "server/alertmanager/api.hpp"

#include "server/alertmanager/answer.hpp"
#include "server/alertmanager/go_text.hpp"

namespace autoscaler::server::alertmanager {

namespace {

// As Go writes a path: what a URL may not have is escaped.
std::string escaped_path(std::string_view path) {
    constexpr std::string_view marks = "/%-_.~!$&'()*+,;=:@[]";
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out;
    for (char const each : path) {
        auto const c = static_cast<unsigned char>(each);
        bool const letter = (c | 0x20U) >= 'a' && (c | 0x20U) <= 'z';
        if (letter || (c >= '0' && c <= '9') || marks.find(each) != std::string_view::npos) {
            out += each;
            continue;
        }
        out += '%';
        out += digits[c >> 4U];
        out += digits[c & 0xFU];
    }
    return out;
}

http::response v2_not_found(http::request const& asked) {
    return v2_sealed(v2_fault(404, 404, "path " + escaped_path(asked.route_path) + " was not found"));
}

// The sender repeats what fires, so it comes again when there is room.
http::response no_memory(api_version version, std::size_t refused) {
    std::string const text = refused_for_memory(refused);
    if (version == api_version::v2)
        return v2_said(503, text);
    return http::json(
        503, R"({"status":"error","errorType":"server_error","error":)" + json_string(text, true) + "}"
    );
}

} // namespace

std::string refused_for_memory(std::size_t alerts) {
    return std::to_string(alerts) + " new alerts were refused: the memory for alerts is used up";
}

api::api(alert_sink& sink, wall_clock now, alert_limits limits)
    : sink_(sink), now_(std::move(now)), decoder_(limits) {}

http::response api::accept(api_version version, http::request const& asked, bool single) {
    policy::time_point const now = now_();
    auto decoded = decoder_.decode(version, asked.body, now, single);
    alert_receipt receipt;
    if (!decoded.unreadable)
        receipt = sink_.on_alerts({to_string(version), decoded.notices, decoded.refused.size(), now, &asked});
    decoder_.trim();
    if (receipt.refused_for_memory != 0)
        return no_memory(version, receipt.refused_for_memory);
    return std::move(decoded.answer);
}

// Alertmanager takes application/json alone. Hand tests with curl -d and the like come without it, and are
// taken too, as long as the body is what it should be.
http::response api::post_v2(http::request const& asked) {
    auto refusal = judge_media_types(asked, true);
    return v2_sealed(refusal.status != 200 ? std::move(refusal) : accept(api_version::v2, asked));
}

void api::add_to(http::router& routes) {
    routes.add(
        "POST",
        "/api/v2/alerts",
        [this](http::request const& asked) { return post_v2(asked); },
        http::right::ingest
    );
    // Version 1 never looked at the Content-Type.
    routes.add(
        "POST",
        "/api/v1/alerts",
        [this](http::request const& asked) { return accept(api_version::v1, asked); },
        http::right::ingest
    );
    routes.add_area({"/api/v2", v2_not_found, [](http::request const& asked, std::string_view allowed) {
                         return v2_sealed(v2_wrong_method(asked, allowed));
                     }});
}

} // namespace autoscaler::server::alertmanager
