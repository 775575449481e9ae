// Any bytes as alerts, in each of the shapes in which they come.
#include "fuzz/faults.hpp"
#include "server/alertmanager/alert_decoder.hpp"
#include "server/alertmanager/render.hpp"
#include "server/webhook/webhook_decoder.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

using namespace autoscaler;
using namespace autoscaler::server;

namespace {

constexpr policy::time_point now{std::chrono::seconds(1795159800)};

void check(std::span<policy::alert_notice const> notices) {
    for (auto const& each : notices) {
        fuzz::require(!each.labels.empty(), "a notice has labels");
        fuzz::require(
            std::ranges::adjacent_find(
                each.labels, [](auto const& a, auto const& b) { return a.name >= b.name; }
            ) == each.labels.end(),
            "each name once, in order"
        );
        for (auto const& label : each.labels)
            fuzz::require(!label.name.empty() && !label.value.empty(), "labels have names and values");
        std::string shown;
        alertmanager::append_alert(
            shown,
            {.labels = each.labels,
             .annotations = each.annotations,
             .generator_url = each.generator_url,
             .starts_at = each.starts_at.value_or(now),
             .ends_at = each.ends_at.value_or(now),
             .updated_at = now,
             .starts_zone = each.starts_zone,
             .ends_zone = each.ends_zone,
             .silenced_by = {}},
            {}
        );
        auto const read = nlohmann::json::parse(shown, nullptr, false);
        fuzz::require(!read.is_discarded(), "an alert is shown as JSON");
        fuzz::require(read.at("labels").size() == each.labels.size(), "with all of its labels");
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    static alertmanager::alert_decoder alerts;
    static webhook::webhook_decoder webhooks;
    std::string text(data, data + size);
    text.append(http::body_padding, '\0');
    std::string_view const body = std::string_view(text).substr(0, size);
    using alertmanager::api_version;
    for (auto const version : {api_version::v1, api_version::v2})
        for (bool const single : {false, true}) {
            auto const read = alerts.decode(version, body, now, single);
            check(read.notices);
            fuzz::require(
                read.answer.body.empty() || nlohmann::json::accept(read.answer.body), "an answer is JSON"
            );
            fuzz::require(!read.unreadable || read.notices.empty(), "what cannot be read says nothing");
        }
    auto const message = webhooks.decode(body);
    check(message.notices);
    fuzz::require(
        message.what == webhook::decoded_webhook::kind::message || message.notices.empty(),
        "only a message has notices"
    );
    return 0;
}
