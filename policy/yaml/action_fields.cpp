#include "policy/yaml/action_fields.hpp"

#include "policy/yaml/http_fields.hpp"
#include "policy/yaml/scalars.hpp"
#include "policy/yaml/text_list.hpp"
#include "policy/yaml/url.hpp"

#include <array>
#include <string_view>
#include <utility>

namespace autoscaler::policy::yaml {

std::optional<action_rule::kind> read_action(node const& value, fault_sink& faults) {
    if (value.is_scalar() && (value.text == "rollback" || value.text == "resize")) {
        faults.unsupported(
            value.offset,
            "action: " + in_quotes(value.text) + " is not built yet; there are restart and webhook"
        );
        return std::nullopt;
    }
    // In the order of action_rule::kind.
    constexpr std::array<std::string_view, 2> words{"restart", "webhook"};
    auto const word = read_word(value, "action", words, faults);
    return word ? std::optional(static_cast<action_rule::kind>(*word)) : std::nullopt;
}

webhook_target read_webhook(node const& value, fault_sink& faults) {
    webhook_target made;
    http_draft http("webhook");
    map_reader map(faults, "webhook");
    map.hide_text();
    map.key("url", [&](entry const& seen) {
        made.url = read_url(seen.value, "webhook.url", faults, true).value_or("");
    });
    map.key("timeout", [&](entry const& seen) {
        made.timeout =
            read_positive_duration(seen.value, "webhook.timeout", "would never get an answer", faults)
                .value_or(made.timeout);
    });
    map.key("fields", [&](entry const& seen) {
        made.fields = read_texts(seen.value, "webhook.fields", faults);
    });
    add_http_fields(map, http, faults);
    if (map.read(value))
        map.require("url", "webhook has no \"url\": where is the body posted?");
    check_http_fields(http, faults);
    made.http = std::move(http.value);
    return made;
}

} // namespace autoscaler::policy::yaml
