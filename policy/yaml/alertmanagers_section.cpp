#include "policy/yaml/alertmanagers_section.hpp"

#include "policy/yaml/http_fields.hpp"
#include "policy/yaml/scalars.hpp"
#include "policy/yaml/url.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace autoscaler::policy::yaml {

namespace {

// All are asked at the start, each with its timeout.
constexpr std::size_t max_alertmanagers = 20;

// An address, or a map of one and how to reach it. Its url is "" where that is wrong.
alertmanager_source read_alertmanager(node const& value, std::size_t& url_at, fault_sink& faults) {
    alertmanager_source made;
    url_at = value.offset;
    if (value.is_scalar()) {
        made.url = read_base_url(value, "alertmanagers", faults).value_or("");
        return made;
    }
    http_draft http("alertmanagers");
    map_reader map(faults, "an entry of alertmanagers");
    map.key("url", [&](entry const& seen) {
        url_at = seen.value.offset;
        made.url = read_base_url(seen.value, "alertmanagers.url", faults).value_or("");
    });
    map.key("receiver", [&](entry const& seen) {
        made.receiver = read_text(seen.value, "alertmanagers.receiver", faults).value_or("");
    });
    add_http_fields(map, http, faults);
    if (map.read(value))
        map.require("url", "an entry of alertmanagers has no \"url\": which Alertmanager is asked?");
    check_http_fields(http, faults);
    made.http = std::move(http.value);
    return made;
}

} // namespace

std::vector<alertmanager_source> read_alertmanagers(node const& value, fault_sink& faults) {
    std::vector<alertmanager_source> all;
    if (value.what != node::kind::list) {
        faults.error(
            value.offset,
            "alertmanagers must be a list such as ['http://alertmanager:9093'], not " + describe(value)
        );
        return all;
    }
    if (!check_length(value, "alertmanagers", max_alertmanagers, faults))
        return all;
    for (auto const& item : value.items) {
        std::size_t url_at = 0;
        auto made = read_alertmanager(item, url_at, faults);
        if (made.url.empty())
            continue;
        if (std::ranges::find(all, made.url, &alertmanager_source::url) != all.end())
            faults.error(url_at, "alertmanagers: " + in_quotes(made.url) + " is listed twice");
        else
            all.push_back(std::move(made));
    }
    return all;
}

} // namespace autoscaler::policy::yaml
