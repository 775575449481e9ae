#include "server/alertmanagers/taken_over.hpp"

#include "server/http/message.hpp"

namespace autoscaler::server::alertmanagers {

namespace {

std::vector<std::pair<std::string, std::string>> owned(policy::label_set labels) {
    std::vector<std::pair<std::string, std::string>> list;
    list.reserve(labels.size());
    for (auto const& [name, value] : labels)
        list.emplace_back(name, value);
    return list;
}

} // namespace

// What an Alertmanager lists has the shape of what is posted to one.
std::string taken_over::read(std::string const& body, policy::time_point now, deliver const& to) {
    std::string padded = body;
    padded.append(http::body_padding, '\0');
    auto const listed =
        decoder_.decode(alertmanager::api_version::v2, std::string_view(padded).substr(0, body.size()), now);
    if (listed.unreadable || (listed.notices.empty() && listed.answer.status != 200))
        return "the answer is no list of alerts: " + listed.answer.body;

    bool const first = !std::exchange(begun_, true);
    auto const before = std::exchange(open_, {});
    std::vector<policy::alert_notice> confirmed;
    for (auto const& each : listed.notices) {
        auto labels = owned(each.labels);
        auto const known = before.find(labels);
        if (!first && known == before.end())
            continue;
        auto const since = each.starts_at.value_or(now);
        if (known != before.end() && known->second != since)
            tell_resolved(labels, known->second, now, to); // another stretch of the same alert
        open_.insert_or_assign(std::move(labels), since);
        confirmed.push_back(each);
    }
    if (!confirmed.empty())
        to(confirmed);
    for (auto const& [labels, since] : before)
        if (!open_.contains(labels))
            tell_resolved(labels, since, now, to);
    return "";
}

void taken_over::tell_resolved(
    label_list const& labels, policy::time_point since, policy::time_point now, deliver const& to
) const {
    std::vector<policy::label> views;
    views.reserve(labels.size());
    for (auto const& [name, value] : labels)
        views.push_back({name, value});
    policy::alert_notice over;
    over.labels = views;
    over.starts_at = since;
    over.ends_at = now;
    to({&over, 1});
}

} // namespace autoscaler::server::alertmanagers
