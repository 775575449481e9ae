#include "server/alertmanager/routing.hpp"

#include <algorithm>

namespace autoscaler::server::alertmanager {

namespace {

// Takes what no policy asks for.
constexpr std::string_view nobody = "none";

// The matchers of a rule that wants alerts; none where it wants something else.
std::vector<policy::matcher> const* wanted_by(policy::rule const& what) {
    if (auto const* alert = std::get_if<policy::alert_rule>(&what.kind))
        return &alert->matchers;
    auto const* act = std::get_if<policy::action_rule>(&what.kind);
    return act != nullptr && !act->on_node_joined() ? &act->matchers : nullptr;
}

bool takes(route const& which, policy::label_set labels) {
    return std::ranges::all_of(which.matchers, [&](auto const& each) { return each.matches(labels); });
}

} // namespace

routing routing_of(policy::policy_set const& policies) {
    std::vector<std::string> const by_name{"alertname"};
    routing all;
    all.root = {{}, std::string(nobody), by_name};
    for (auto const& policy : policies.policies) {
        if (!policy.enabled)
            continue;
        for (auto const& rule : policy.rules) {
            auto const* const matchers = wanted_by(rule);
            if (matchers == nullptr)
                continue;
            auto& made = all.routes.emplace_back(*matchers, policy.name, by_name);
            if (policy.from_label)
                made.matchers.push_back(policy.from_label->allow);
        }
    }
    return all;
}

std::vector<route const*> routes_for(routing const& all, policy::label_set labels) {
    std::vector<route const*> found;
    for (auto const& each : all.routes)
        if (takes(each, labels))
            found.push_back(&each);
    if (found.empty())
        found.push_back(&all.root);
    return found;
}

std::vector<std::string> receivers_of(routing const& all) {
    std::vector<std::string> names{all.root.receiver};
    for (auto const& each : all.routes)
        if (std::ranges::find(names, each.receiver) == names.end())
            names.push_back(each.receiver);
    return names;
}

} // namespace autoscaler::server::alertmanager
