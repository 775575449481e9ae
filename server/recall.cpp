#include "server/recall.hpp"

#include <string>
#include <utility>
#include <vector>

namespace autoscaler::server {

namespace {

std::vector<policy::label> views_of(std::vector<std::pair<std::string, std::string>> const& pairs) {
    std::vector<policy::label> views;
    views.reserve(pairs.size());
    for (auto const& [name, value] : pairs)
        views.push_back({name, value});
    return views;
}

} // namespace

void recall(policy::engine& to, storage::contents const& kept) {
    for (auto const& each : kept.memories)
        to.preload(each.service_id, each.group, each.memory);
    for (auto const& each : kept.attachments)
        to.preload_attachment(each.policy, each.service);
    for (auto const& each : kept.alerts) {
        auto const labels = views_of(each.labels);
        auto const annotations = views_of(each.annotations);
        policy::alert_notice notice;
        notice.source = policy::alert_source::webhook;
        notice.labels = labels;
        notice.annotations = annotations;
        notice.generator_url = each.generator_url;
        notice.starts_at = each.starts_at;
        to.preload_alert(notice, each.heard_at);
    }
}

} // namespace autoscaler::server
