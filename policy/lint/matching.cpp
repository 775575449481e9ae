#include "policy/lint/checks.hpp"
#include "policy/yaml/fault_sink.hpp"
#include "policy/yaml/spelling.hpp"

#include <algorithm>
#include <iterator>
#include <optional>

namespace autoscaler::policy::lint {

namespace {

using yaml::in_quotes;

bool demands(matcher const& one, std::string_view name) {
    return one.operation() == matcher::op::equal && one.name() == name;
}

std::optional<std::string_view> nearest_alert(std::string_view name, std::span<known_alert const> alerts) {
    std::vector<std::string_view> names;
    for (auto const& each : alerts)
        names.push_back(each.rule().name);
    return yaml::nearest(name, names);
}

// Why `one` never matches `alert`.
std::string refusal(matcher const& one, known_alert const& alert, external_labels const& added) {
    std::string text = title_of(alert.rule()) + " never has " + one.text() + ": ";
    auto const value = alert.value_of(one.name(), added).value_or("");
    if (!value.empty())
        return text + "its " + one.name() + " is " + in_quotes(value);
    return text + "its expression keeps " + alert.facts().labels.text() + ", and its rule adds no " +
           one.name();
}

// Why no alert matches all of them; none does.
std::string
why_never(std::span<matcher const> all, std::span<known_alert const> alerts, external_labels const& added) {
    auto const is_name = [](matcher const& one) { return one.name() == "alertname"; };
    auto const called_so = std::ranges::find_if(alerts, [&](known_alert const& each) {
        return std::ranges::all_of(all, [&](matcher const& one) {
            return !is_name(one) || one.matches_value(each.rule().name);
        });
    });
    if (called_so != alerts.end() && std::ranges::any_of(all, is_name)) {
        auto const wrong = std::ranges::find_if(all, [&](matcher const& one) {
            return match(one, *called_so, added) == verdict::never;
        });
        return refusal(*wrong, *called_so, added);
    }
    auto const name = std::ranges::find_if(all, [](matcher const& one) { return demands(one, "alertname"); });
    if (name != all.end() && called_so == alerts.end()) {
        std::string text = "no alert rule is called " + in_quotes(name->value());
        if (auto const guess = nearest_alert(name->value(), alerts))
            text += "; did you mean " + in_quotes(*guess) + "?";
        return text;
    }
    std::string text = "no alert rule can have";
    for (auto const& each : all)
        text += ' ' + each.text();
    return text;
}

bool matches_any(
    std::span<matcher const> all, std::span<known_alert const> alerts, external_labels const& added
) {
    return std::ranges::any_of(alerts, [&](known_alert const& each) {
        return match(all, each, added) != verdict::never;
    });
}

// The alerts a policy waits for, with the label that is to name their service: what it has of each.
void check_service_label(placed_rule const& rule, std::span<known_alert const> alerts, findings& found) {
    auto const& source = *rule.policy->from_label;
    auto const& added = external_labels_of(*rule.file->set);
    findings refused;
    bool named = false;
    for (auto const& each : alerts) {
        if (match(matchers_of(*rule.what), each, added) == verdict::never)
            continue;
        auto const value = each.value_of(source.label, added);
        if (!value || (!value->empty() && source.allow.matches_value(*value))) {
            named = true;
            continue;
        }
        std::string text =
            rule.title() + " takes the service from label " + in_quotes(source.label) + ", but ";
        if (value->empty())
            text += title_of(each.rule()) + " never has it: its expression keeps " +
                    each.facts().labels.text() + ", and its rule adds no " + source.label;
        else
            text += "its `allow` refuses " + in_quotes(*value) + ", which " + title_of(each.rule()) +
                    " always has there";
        refused.push_back(rule.error(std::move(text)));
    }
    // A rule that some alert can name a service to may well be meant for that one alone.
    for (auto& each : refused) {
        each.severity = named ? fault_severity::warning : fault_severity::error;
        found.push_back(std::move(each));
    }
}

} // namespace

void check_contradictions(policy_file const& file, findings& found) {
    for (auto const& rule : rules_of(file)) {
        auto const all = matchers_of(*rule.what);
        for (auto const& one : all) {
            auto const other = std::ranges::find_if(all, [&](matcher const& each) {
                return demands(one, each.name()) && !each.matches_value(one.value());
            });
            if (other == all.end())
                continue;
            found.push_back(rule.error(
                rule.title() + " can never act: no alert has both " + one.text() + " and " + other->text()
            ));
            break;
        }
    }
}

void check_satisfiable(policy_file const& file, std::span<known_alert const> alerts, findings& found) {
    auto const& added = external_labels_of(*file.set);
    for (auto const& rule : rules_of(file)) {
        auto const all = matchers_of(*rule.what);
        if (!all.empty() && !matches_any(all, alerts, added))
            found.push_back(rule.error(rule.title() + " can never act: " + why_never(all, alerts, added)));
    }
    auto const& liveness = file.set->liveness;
    if (liveness && !matches_any(liveness->matchers, alerts, added)) {
        found.push_back(
            {file.name,
             file.places.liveness,
             fault_severity::error,
             "liveness is never heard: " + why_never(liveness->matchers, alerts, added)}
        );
    }
}

void check_service_labels(policy_file const& file, std::span<known_alert const> alerts, findings& found) {
    for (auto const& rule : rules_of(file)) {
        if (rule.policy->from_label && !matchers_of(*rule.what).empty())
            check_service_label(rule, alerts, found);
    }
}

void check_unmatched(
    std::span<policy_file const> files, std::span<known_alert const> alerts, findings& found
) {
    std::vector<placed_rule> rules;
    for (auto const& file : files)
        std::ranges::move(rules_of(file), std::back_inserter(rules));
    for (auto const& alert : alerts) {
        bool const matched = std::ranges::any_of(rules, [&](placed_rule const& rule) {
            auto const all = matchers_of(*rule.what);
            return !all.empty() && match(all, alert, external_labels_of(*rule.file->set)) != verdict::never;
        });
        bool const is_life_sign = std::ranges::any_of(files, [&](policy_file const& file) {
            auto const& liveness = file.set->liveness;
            return liveness &&
                   match(liveness->matchers, alert, external_labels_of(*file.set)) != verdict::never;
        });
        if (!matched && !is_life_sign)
            found.push_back(
                {alert.rule().file,
                 alert.rule().offset,
                 fault_severity::warning,
                 "no rule of a policy matches alert " + in_quotes(alert.rule().name)}
            );
    }
}

} // namespace autoscaler::policy::lint
