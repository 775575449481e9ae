#include "policy/lint/placed_rule.hpp"

#include "policy/yaml/fault_sink.hpp"

#include <utility>

namespace autoscaler::policy::lint {

std::string placed_rule::title() const {
    std::string const home = "policy " + yaml::in_quotes(policy->name);
    return what->name == policy->name ? home : "rule " + yaml::in_quotes(what->name) + " of " + home;
}

finding placed_rule::error(std::string text) const {
    return {file->name, at, fault_severity::error, std::move(text)};
}

finding placed_rule::warning(std::string text) const {
    return {file->name, at, fault_severity::warning, std::move(text)};
}

std::vector<placed_rule> rules_of(policy_file const& file) {
    std::vector<placed_rule> rules;
    auto const& places = file.places.policies;
    for (std::size_t i = 0; i < file.set->policies.size(); ++i) {
        service_policy const& home = file.set->policies[i];
        policy_place const place = i < places.size() ? places[i] : policy_place{};
        for (std::size_t j = 0; j < home.rules.size(); ++j) {
            std::size_t const at = j < place.rules.size() ? place.rules[j] : place.at;
            rules.push_back({&file, &home, &home.rules[j], at, place.service});
        }
    }
    return rules;
}

} // namespace autoscaler::policy::lint
