#include "policy/lint/lint.hpp"

#include "policy/lint/checks.hpp"
#include "policy/yaml/fault_sink.hpp"

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

std::string title_of(alert_definition const& alert) {
    return "alert " + yaml::in_quotes(alert.name) + " (" + alert.file + ':' + std::to_string(alert.line) +
           ')';
}

std::vector<finding> check_policies(std::span<policy_file const> files) {
    findings found;
    for (auto const& file : files) {
        check_contradictions(file, found);
        check_step_times(file, found);
        check_overlaps(file, {}, found);
    }
    return found;
}

std::vector<finding>
check_rules(std::span<policy_file const> files, std::span<alert_definition const> alerts) {
    findings found;
    std::vector<known_alert> known;
    known.reserve(alerts.size());
    for (auto const& each : alerts)
        known.emplace_back(each);
    for (auto const& file : files) {
        check_contradictions(file, found);
        check_satisfiable(file, known, found);
        check_service_labels(file, known, found);
        check_step_times(file, found);
        check_overlaps(file, known, found);
    }
    check_unmatched(files, known, found);
    check_alert_windows(known, found);
    return found;
}

} // namespace autoscaler::policy::lint
