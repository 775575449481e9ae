#include "server/webhook/receiver.hpp"

#include "server/alertmanager/go_text.hpp"
#include "server/alertmanager/media_type.hpp"

namespace autoscaler::server::webhook {

namespace {

namespace asio = boost::asio;

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

receiver::receiver(
    alert_sink& sink,
    alertmanager::api& alerts,
    alertmanager::wall_clock now,
    alertmanager::alert_limits limits
)
    : sink_(sink), alerts_(alerts), now_(std::move(now)), decoder_(limits) {}

// The answer to what is no webhook message, or to a message that was read; 200 is what its alerts make it.
http::response receiver::answer_to(decoded_webhook const& decoded, http::request const& asked) {
    switch (decoded.what) {
    case decoded_webhook::kind::array:
        return alerts_.accept(alertmanager::api_version::v2, asked);
    case decoded_webhook::kind::alert:
        return alerts_.accept(alertmanager::api_version::v2, asked, true);
    case decoded_webhook::kind::too_many:
        return refusal(413, decoded.faults);
    case decoded_webhook::kind::message:
    case decoded_webhook::kind::refused:
        break;
    }
    return decoded.faults.empty() ? http::response{} : refusal(400, decoded.faults);
}

// 503 makes Alertmanager try again soon, 400 only with its next message.
asio::awaitable<http::response> receiver::post(http::request const& asked) {
    auto const type = alertmanager::read_media_type(asked.header("content-type"));
    if (!type.error.empty() || !alertmanager::may_hold_json(type.name))
        co_return refusal(
            415,
            {"Content-Type " + alertmanager::quoted(asked.header("content-type")) +
             " is not supported: expected application/json"}
        );

    auto const decoded = decoder_.decode(asked.body);
    auto answer = answer_to(decoded, asked);
    if (decoded.what == decoded_webhook::kind::message) {
        alert_delivery const delivery{"webhook", decoded.notices, decoded.faults.size(), now_(), &asked};
        auto const receipt = sink_.on_alerts(delivery);
        if (receipt.refused_for_memory != 0)
            answer = refusal(503, {alertmanager::refused_for_memory(receipt.refused_for_memory)});
        else if (!delivery.notices.empty()) {
            std::string const fault = co_await sink_.store(delivery);
            if (!fault.empty())
                answer = refusal(503, {"the alerts could not be stored: " + fault});
        }
    }
    decoder_.trim(); // others may have used it meanwhile, and are through with it
    co_return answer;
}

void receiver::add_to(http::router& routes) {
    for (auto const* const path : {"/webhook", "/alert", "/"})
        routes.add_async(
            "POST", path, [this](http::request const& asked) { return post(asked); }, http::right::ingest
        );
    // Grafana's contact points may be set to it.
    routes.add_async(
        "PUT", "/webhook", [this](http::request const& asked) { return post(asked); }, http::right::ingest
    );
}

} // namespace autoscaler::server::webhook
