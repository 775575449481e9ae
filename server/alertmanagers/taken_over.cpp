#include "server/alertmanagers/taken_over.hpp"

#include "policy/core/alert_store.hpp"
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
    for (auto& [labels, known] : open_)
        known.listed = false;
    std::vector<policy::alert_notice> confirmed;
    for (auto const& each : listed.notices) {
        auto labels = owned(each.labels);
        auto const known = open_.find(labels);
        if (!first && known == open_.end())
            continue;
        stretch const news{
            .since = each.starts_at.value_or(now),
            .ends_at = each.ends_at.value_or(now + policy::resolve_timeout)
        };
        if (known != open_.end() && known->second.since != news.since)
            tell_end(labels, known->second, now, to); // another stretch of the same alert
        open_.insert_or_assign(std::move(labels), news);
        confirmed.push_back(each);
    }
    if (!confirmed.empty())
        to(confirmed);
    run_out(now, to);
    return "";
}

// Those that are not listed: Prometheus tells an Alertmanager again within minutes what fires, so that one
// that has restarted lists them again in time.
void taken_over::run_out(policy::time_point now, deliver const& to) {
    policy::time_point const latest = now + policy::resolve_timeout;
    for (auto& [labels, known] : open_)
        if (!known.listed && known.ends_at > latest) {
            known.ends_at = latest;
            tell_end(labels, known, latest, to);
        }
    std::erase_if(open_, [now](auto const& each) {
        return !each.second.listed && each.second.ends_at <= now;
    });
}

void taken_over::tell_end(
    label_list const& labels, stretch const& of, policy::time_point ends_at, deliver const& to
) {
    std::vector<policy::label> views;
    views.reserve(labels.size());
    for (auto const& [name, value] : labels)
        views.push_back({name, value});
    policy::alert_notice told;
    told.labels = views;
    told.starts_at = of.since;
    told.ends_at = ends_at;
    to({&told, 1});
}

} // namespace autoscaler::server::alertmanagers
