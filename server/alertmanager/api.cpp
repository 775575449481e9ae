#include "server/alertmanager/api.hpp"

#include "server/alertmanager/go_text.hpp"
#include "server/alertmanager/media_type.hpp"

namespace autoscaler::server::alertmanager {

namespace {

http::response fault(unsigned status, std::string_view message) {
    std::string body = R"({"code":)" + std::to_string(status) + R"(,"message":)";
    append_json_string(body, message, true);
    body += '}';
    return http::json(status, std::move(body));
}

http::response v2_not_found(http::request const& asked) {
    return fault(404, "path " + std::string(asked.route_path) + " was not found");
}

http::response v2_wrong_method(http::request const& asked, std::string_view allowed) {
    return fault(
        405, "method " + std::string(asked.method) + " is not allowed, but [" + std::string(allowed) + "] are"
    );
}

} // namespace

api::api(alert_sink& sink, wall_clock now) : sink_(sink), now_(std::move(now)) {}

http::response api::accept(api_version version, std::string_view body, bool single) {
    policy::time_point const now = now_();
    auto decoded = decoder_.decode(version, body, now, single);
    if (!decoded.unreadable)
        sink_.on_alerts({to_string(version), decoded.notices, decoded.refused.size(), now});
    decoder_.trim();
    return std::move(decoded.answer);
}

// Alertmanager takes application/json alone. Hand tests with curl -d and the like come without it, and are
// taken too, as long as the body is what it should be.
http::response api::post_v2(http::request const& asked) {
    if (!asked.body.empty()) {
        std::string_view const field = asked.header("content-type");
        media_type const type = read_media_type(field);
        if (!type.error.empty())
            return fault(
                400, "parsing Content-Type header from " + quoted(field) + " failed, because " + type.error
            );
        if (!may_hold_json(type.name))
            return fault(
                415, "unsupported media type " + quoted(type.name) + ", only [application/json] are allowed"
            );
    }
    return accept(api_version::v2, asked.body);
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
        [this](http::request const& asked) { return accept(api_version::v1, asked.body); },
        http::right::ingest
    );
    routes.add_area({"/api/v2", v2_not_found, v2_wrong_method});
}

} // namespace autoscaler::server::alertmanager
