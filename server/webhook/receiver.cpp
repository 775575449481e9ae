#include "server/webhook/receiver.hpp"

#include "server/alertmanager/go_text.hpp"
#include "server/alertmanager/media_type.hpp"

namespace autoscaler::server::webhook {

namespace {

// The first fault is the error; with several, all of them are the details.
http::response refusal(unsigned status, std::vector<std::string> const& faults) {
    std::string body = R"({"error":)";
    alertmanager::append_json_string(body, faults.front(), false);
    if (faults.size() > 1) {
        body += R"(,"details":[)";
        for (auto const& each : faults) {
            if (&each != &faults.front())
                body += ',';
            alertmanager::append_json_string(body, each, false);
        }
        body += ']';
    }
    body += '}';
    return http::json(status, std::move(body));
}

} // namespace

receiver::receiver(alert_sink& sink, alertmanager::api& alerts, alertmanager::wall_clock now)
    : sink_(sink), alerts_(alerts), now_(std::move(now)) {}

http::response receiver::post(http::request const& asked) {
    auto const type = alertmanager::read_media_type(asked.header("content-type"));
    if (!type.error.empty() || !alertmanager::may_hold_json(type.name))
        return refusal(
            415,
            {"Content-Type " + alertmanager::quoted(asked.header("content-type")) +
             " is not supported: expected application/json"}
        );

    auto decoded = decoder_.decode(asked.body);
    http::response answer;
    switch (decoded.what) {
    case decoded_webhook::kind::array:
        answer = alerts_.accept(alertmanager::api_version::v2, asked.body);
        break;
    case decoded_webhook::kind::alert:
        answer = alerts_.accept(alertmanager::api_version::v2, asked.body, true);
        break;
    case decoded_webhook::kind::message:
        sink_.on_alerts({"webhook", decoded.notices, decoded.faults.size(), now_()});
        [[fallthrough]];
    case decoded_webhook::kind::refused:
        if (!decoded.faults.empty())
            answer = refusal(400, decoded.faults);
        break;
    }
    decoder_.trim();
    return answer;
}

void receiver::add_to(http::router& routes) {
    for (auto const* const path : {"/webhook", "/alert", "/"})
        routes.add(
            "POST", path, [this](http::request const& asked) { return post(asked); }, http::right::ingest
        );
}

} // namespace autoscaler::server::webhook
