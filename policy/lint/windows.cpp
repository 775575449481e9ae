#include "policy/lint/checks.hpp"
#include "policy/yaml/duration.hpp"

namespace autoscaler::policy::lint {

namespace {

using yaml::to_text;

// A window of samples that lie `apart` holds two of them for certain only from twice that on.
std::string too_short(sample_window const& window, duration apart, std::string const& why) {
    return window.function + " over " + to_text(window.range) + " may see fewer than two samples where " +
           why + ' ' + to_text(apart) + ": make it " + to_text(2 * apart) + " or longer";
}

void check_windows(known_alert const& alert, findings& found) {
    alert_definition const& rule = alert.rule();
    for (auto const& window : alert.facts().windows) {
        auto const warn = [&](std::string text) {
            found.push_back(
                {rule.file,
                 rule.expression_offset,
                 fault_severity::warning,
                 title_of(rule) + ": " + std::move(text)}
            );
        };
        if (window.resolution) {
            if (window.range < 2 * *window.resolution)
                warn(too_short(window, *window.resolution, "its subquery has a resolution of"));
        } else if (rule.interval && window.range < 2 * *rule.interval) {
            warn(too_short(window, *rule.interval, "the targets are scraped as the group is evaluated, every")
            );
        }
    }
}

} // namespace

void check_step_times(policy_file const& file, findings& found) {
    for (auto const& rule : rules_of(file)) {
        auto const* steps = std::get_if<step_rule>(&rule.what->kind);
        if (steps == nullptr)
            continue;
        for (auto const& step : steps->steps) {
            if (step.for_ > duration::zero() && step.for_ < steps->query.every)
                found.push_back(rule.warning(
                    rule.title() + " has a step with \"for: " + to_text(step.for_) +
                    "\", but its query is asked only every " + to_text(steps->query.every) +
                    ": the step waits so long"
                ));
        }
    }
}

void check_alert_windows(std::span<known_alert const> alerts, findings& found) {
    for (auto const& alert : alerts) {
        alert_definition const& rule = alert.rule();
        check_windows(alert, found);
        if (rule.interval && rule.for_ > duration::zero() && rule.for_ < *rule.interval) {
            found.push_back(
                {rule.file,
                 rule.for_offset,
                 fault_severity::warning,
                 title_of(rule) + " has \"for: " + to_text(rule.for_) +
                     "\", but its group is evaluated only every " + to_text(*rule.interval) +
                     ": it waits so long"}
            );
        }
    }
}

} // namespace autoscaler::policy::lint
