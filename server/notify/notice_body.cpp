#include "server/notify/notice_body.hpp"

#include "policy/core/label.hpp"
#include "server/notify/message_parts.hpp"

namespace autoscaler::server::notify {

namespace {

using json = nlohmann::ordered_json;

// What became of the service.
std::string outcome_of(policy::decision const& what) {
    std::string const count = replicas(what.from);
    switch (what.action) {
    case policy::decided_action::up:
        return " was scaled up from " + std::to_string(what.from) + " to " + replicas(what.to);
    case policy::decided_action::down:
        return " was scaled down from " + std::to_string(what.from) + " to " + replicas(what.to);
    case policy::decided_action::restart:
        return " (" + count + ") was restarted";
    case policy::decided_action::webhook:
        return " (" + count + "): a webhook is called";
    case policy::decided_action::hold:
        break;
    }
    if (what.why == policy::reason::action_failed)
        return " (" + count + "): the message of a webhook did not arrive";
    if (what.would && *what.would != what.to)
        return " stays at " + count + ", where " + std::to_string(*what.would) + " should be";
    return " stays at " + count;
}

json events_of(policy::notice const& told) {
    json events = json::array();
    for (auto const each : told.on)
        events.push_back(to_string(each));
    return events;
}

json alerts_of(policy::decision const& what) {
    json alerts = json::array();
    for (auto const each : what.alerts)
        alerts.push_back({{"fingerprint", policy::to_hex(each)}});
    return alerts;
}

} // namespace

std::string sentence(policy::decision const& what) {
    std::string text = "Service " + what.service + outcome_of(what) + ": " + std::string(to_string(what.why));
    if (!what.policy.empty())
        text += what.rule.empty() ? ", says policy " + what.policy
                                  : ", says rule " + what.rule + " of policy " + what.policy;
    return text + (what.error.empty() ? "." : " (" + what.error + ").");
}

std::string body(policy::notice const& told, policy::decision const& what) {
    json made = head_of(what);
    made["from"] = what.from;
    made["to"] = what.to;
    made["would"] = what.would ? json(*what.would) : json(nullptr);
    made["events"] = events_of(told);
    made["text"] = sentence(what);
    made["alerts"] = alerts_of(what);
    if (!what.error.empty())
        made["error"] = what.error;
    return finished(std::move(made), told.to->target.fields);
}

} // namespace autoscaler::server::notify
