#include "server/notify/message.hpp"

#include "server/notify/message_parts.hpp"

#include <algorithm>
#include <vector>

namespace autoscaler::server::notify {

namespace {

using json = nlohmann::ordered_json;

std::string name_of(std::map<std::string, std::string> const& alert) {
    auto const found = alert.find("alertname");
    return found == alert.end() ? "an alert without a name" : found->second;
}

// "HighLoad and DiskFull", each name once.
std::string names_of(std::vector<std::map<std::string, std::string>> const& alerts) {
    std::vector<std::string> names;
    for (auto const& each : alerts)
        if (auto name = name_of(each); std::ranges::find(names, name) == names.end())
            names.push_back(std::move(name));
    std::string text;
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (i > 0)
            text += i + 1 == names.size() ? " and " : ", ";
        text += names[i];
    }
    return text;
}

std::string cause_of(policy::action::post const& message) {
    if (message.what.why == policy::reason::node_joined)
        return "a node has joined the swarm";
    auto const names = names_of(message.alerts);
    if (names.empty()) // it ended while the message was on its way
        return "an alert has fired";
    return names + (names.find(" and ") == std::string::npos ? " is firing" : " are firing");
}

} // namespace

std::string sentence(policy::action::post const& message) {
    auto const& what = message.what;
    return "Service " + what.service + " (" + replicas(what.from) + "): " + cause_of(message) +
           ", says rule " + what.rule + " of policy " + what.policy + ".";
}

std::string body(policy::action::post const& message) {
    auto const& what = message.what;
    json alerts = json::array();
    for (auto const& labels : message.alerts)
        alerts.push_back({{"labels", labels}});
    json made = head_of(what);
    made["replicas"] = what.from;
    made["text"] = sentence(message);
    made["alerts"] = std::move(alerts);
    return finished(std::move(made), message.target.fields);
}

} // namespace autoscaler::server::notify
