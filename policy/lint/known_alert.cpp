#include "policy/lint/known_alert.hpp"

#include <algorithm>

namespace autoscaler::policy::lint {

std::optional<std::string_view>
known_alert::value_of(std::string_view label, external_labels const& added) const {
    if (label == "alertname")
        return rule_->name;
    auto const fixed = std::ranges::find(rule_->labels, label, &static_label::name);
    if (fixed != rule_->labels.end())
        return fixed->templated ? std::nullopt : std::optional<std::string_view>(fixed->value);
    if (facts_.labels.may_carry(label))
        return std::nullopt;
    auto const external = std::ranges::find(added, label, &external_labels::value_type::first);
    return external != added.end() ? std::string_view(external->second) : std::string_view{};
}

verdict match(matcher const& one, known_alert const& alert, external_labels const& added) {
    auto const value = alert.value_of(one.name(), added);
    if (!value)
        return verdict::perhaps;
    return one.matches_value(*value) ? verdict::surely : verdict::never;
}

verdict match(std::span<matcher const> all, known_alert const& alert, external_labels const& added) {
    verdict least = verdict::surely;
    for (auto const& each : all) {
        least = std::min(least, match(each, alert, added));
        if (least == verdict::never)
            break;
    }
    return least;
}

std::span<matcher const> matchers_of(rule const& what) {
    if (auto const* alert = std::get_if<alert_rule>(&what.kind))
        return alert->matchers;
    if (auto const* action = std::get_if<action_rule>(&what.kind))
        return action->matchers;
    return {};
}

external_labels const& external_labels_of(policy_set const& set) {
    static external_labels const none;
    return set.prometheus ? set.prometheus->external_labels : none;
}

} // namespace autoscaler::policy::lint
