#include "policy/lint/lint.hpp"

#include "policy/lint/checks.hpp"
#include "policy/yaml/fault_sink.hpp"

namespace autoscaler::policy::lint {

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
