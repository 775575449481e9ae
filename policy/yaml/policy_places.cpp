#include "policy/yaml/policy_places.hpp"

#include "policy/yaml/fault_sink.hpp"
#include "policy/yaml/node.hpp"

#include <utility>

namespace autoscaler::policy {

namespace {

using yaml::node;

node const* value_of(node const& map, std::string_view name) {
    for (std::size_t i = 0; i < map.keys.size() && i < map.items.size(); ++i) {
        if (map.keys[i].text == name)
            return &map.items[i];
    }
    return nullptr;
}

policy_place place_of(node const& policy) {
    policy_place place{.at = policy.offset, .service = policy.offset, .rules = {}};
    if (auto const* service = value_of(policy, "service"))
        place.service = service->offset;
    auto const* rules = value_of(policy, "rules");
    if (rules == nullptr) {
        place.rules.push_back(policy.offset);
        return place;
    }
    for (auto const& each : rules->items)
        place.rules.push_back(each.offset);
    return place;
}

} // namespace

policy_places find_policy_places(std::string_view text) {
    policy_places places;
    yaml::fault_sink faults(text, ""); // the loader tells them
    auto const root = yaml::read_yaml(text, faults);
    if (!root)
        return places;
    if (auto const* liveness = value_of(*root, "liveness"))
        places.liveness = liveness->offset;
    if (auto const* policies = value_of(*root, "policies")) {
        for (auto const& each : policies->items)
            places.policies.push_back(place_of(each));
    }
    return places;
}

} // namespace autoscaler::policy
