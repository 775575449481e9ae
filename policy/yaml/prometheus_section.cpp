#include "policy/yaml/prometheus_section.hpp"

#include "policy/yaml/http_fields.hpp"
#include "policy/yaml/scalars.hpp"
#include "policy/yaml/text_list.hpp"
#include "policy/yaml/url.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace autoscaler::policy::yaml {

namespace {

// They are tried one after the other, each with its timeout.
constexpr std::size_t max_urls = 20;

void add_url(std::vector<std::string>& urls, node const& value, fault_sink& faults) {
    auto url = read_base_url(value, "prometheus.url", faults);
    if (!url)
        return;
    if (std::ranges::find(urls, *url) != urls.end())
        faults.error(value.offset, "prometheus.url: " + in_quotes(*url) + " is listed twice");
    else
        urls.push_back(std::move(*url));
}

std::vector<std::string> read_urls(node const& value, fault_sink& faults) {
    std::vector<std::string> urls;
    if (value.what != node::kind::list) {
        add_url(urls, value, faults);
        return urls;
    }
    if (value.items.empty())
        faults.error(value.offset, "prometheus.url must be a URL or a list of URLs, not an empty list");
    if (!check_length(value, "prometheus.url", max_urls, faults))
        return urls;
    for (auto const& item : value.items)
        add_url(urls, item, faults);
    return urls;
}

} // namespace

prometheus_source read_prometheus(node const& value, fault_sink& faults) {
    prometheus_source made;
    http_draft http("prometheus");
    map_reader map(faults, "prometheus");
    map.key("url", [&](entry const& seen) { made.urls = read_urls(seen.value, faults); });
    map.key("timeout", [&](entry const& seen) {
        made.timeout =
            read_positive_duration(seen.value, "prometheus.timeout", "would never get an answer", faults)
                .value_or(made.timeout);
    });
    map.key("reconcile", [&](entry const& seen) {
        made.reconcile = read_duration(seen.value, "prometheus.reconcile", faults).value_or(duration{});
    });
    map.key("external_labels", [&](entry const& seen) {
        made.external_labels = read_texts(seen.value, "prometheus.external_labels", faults);
    });
    add_http_fields(map, http, faults);
    map.read(value);
    check_http_fields(http, faults);
    made.http = std::move(http.value);
    return made;
}

} // namespace autoscaler::policy::yaml
