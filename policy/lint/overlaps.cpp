#include "policy/lint/checks.hpp"
#include "policy/yaml/fault_sink.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <limits>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace autoscaler::policy::lint {

namespace {

using yaml::in_quotes;
using step_kind = scale_expression::kind;

bool goes_up(scale_expression const& scale) {
    return scale.what == step_kind::max || (scale.relative() && scale.amount > 0);
}

// `=n` may be either, so it is neither.
bool goes_down(scale_expression const& scale) {
    return scale.what == step_kind::min || (scale.relative() && scale.amount < 0);
}

bool opposed(scale_expression const& a, scale_expression const& b) {
    return (goes_up(a) && goes_down(b)) || (goes_down(a) && goes_up(b));
}

bool same_matcher_in(std::span<matcher const> all, matcher const& one) {
    return std::ranges::find(all, one) != all.end();
}

// Every alert that `b` matches, `a` matches, too.
bool covers(std::span<matcher const> a, std::span<matcher const> b) {
    return std::ranges::all_of(a, [&](matcher const& one) { return same_matcher_in(b, one); });
}

// There are alerts of `alert` that both match: what is open of the one is demanded by the other, too.
bool certainly_both(
    std::span<matcher const> a,
    std::span<matcher const> b,
    known_alert const& alert,
    external_labels const& added
) {
    auto const settled = [&](std::span<matcher const> mine, std::span<matcher const> others) {
        return std::ranges::all_of(mine, [&](matcher const& one) {
            auto const matched = match(one, alert, added);
            return matched == verdict::surely ||
                   (matched == verdict::perhaps && same_matcher_in(others, one));
        });
    };
    return settled(a, b) && settled(b, a);
}

// Rules that are decided together, for one service and with one voice.
bool compete(placed_rule const& a, placed_rule const& b) {
    if (a.what->priority != b.what->priority || !a.policy->enabled || !b.policy->enabled)
        return false;
    if (a.policy == b.policy)
        return true;
    return !a.policy->dry_run && !b.policy->dry_run && a.policy->service == b.policy->service &&
           a.policy->from_label == b.policy->from_label;
}

// A rule and the alerts that it may match, by index in rising order.
struct candidate {
    placed_rule rule;
    std::vector<std::size_t> alerts;
};

std::vector<candidate> candidates_of(policy_file const& file, std::span<known_alert const> alerts) {
    std::vector<candidate> all;
    auto const& added = external_labels_of(*file.set);
    for (auto const& rule : rules_of(file)) {
        candidate made{rule, {}};
        auto const* on_alert = std::get_if<alert_rule>(&rule.what->kind);
        for (std::size_t i = 0; on_alert != nullptr && i < alerts.size(); ++i) {
            if (match(on_alert->matchers, alerts[i], added) != verdict::never)
                made.alerts.push_back(i);
        }
        all.push_back(std::move(made));
    }
    return all;
}

// Words for an alert that both match; none where there is none for certain.
std::optional<std::string>
common_alert(candidate const& a, candidate const& b, std::span<known_alert const> alerts) {
    auto const mine = matchers_of(*a.rule.what);
    auto const others = matchers_of(*b.rule.what);
    if (covers(mine, others) || covers(others, mine))
        return "the same alerts";
    std::vector<std::size_t> both;
    std::ranges::set_intersection(a.alerts, b.alerts, std::back_inserter(both));
    auto const& added = external_labels_of(*a.rule.file->set);
    auto const common = std::ranges::find_if(both, [&](std::size_t each) {
        return certainly_both(mine, others, alerts[each], added);
    });
    return common == both.end() ? std::nullopt : std::optional(title_of(alerts[*common].rule()));
}

// The values for which a threshold holds.
struct value_range {
    double low = -std::numeric_limits<double>::infinity();
    double high = std::numeric_limits<double>::infinity();
    bool with_low = false;
    bool with_high = false;
};

value_range values_of(threshold const& when) {
    using comparison = threshold::comparison;
    switch (when.than) {
    case comparison::greater:
        return {.low = when.bound};
    case comparison::greater_equal:
        return {.low = when.bound, .with_low = true};
    case comparison::less:
        return {.high = when.bound};
    case comparison::less_equal:
        return {.high = when.bound, .with_high = true};
    }
    return {};
}

bool overlap(threshold const& a, threshold const& b) {
    value_range const x = values_of(a);
    value_range const y = values_of(b);
    bool const touch_low = x.low < y.high || (x.low == y.high && x.with_low && y.with_high);
    bool const touch_high = y.low < x.high || (y.low == x.high && y.with_low && x.with_high);
    return touch_low && touch_high;
}

std::string text_of(threshold const& when) {
    constexpr std::string_view symbols[]{"> ", ">= ", "< ", "<= "};
    char digits[32];
    auto const end = std::to_chars(std::begin(digits), std::end(digits), when.bound).ptr;
    return in_quotes(std::string(symbols[static_cast<std::size_t>(when.than)]) + std::string(digits, end));
}

void check_alert_rules(
    candidate const& a, candidate const& b, std::span<known_alert const> alerts, findings& found
) {
    auto const* first = std::get_if<alert_rule>(&a.rule.what->kind);
    auto const* second = std::get_if<alert_rule>(&b.rule.what->kind);
    if (first == nullptr || second == nullptr || !opposed(first->scale, second->scale))
        return;
    if (auto const common = common_alert(a, b, alerts))
        found.push_back(b.rule.error(
            b.rule.title() + " and " + a.rule.title() + " want opposite ways for " + *common +
            ": let their matchers exclude each other, or give one a priority"
        ));
}

void check_step_rules(placed_rule const& a, placed_rule const& b, findings& found) {
    auto const* first = std::get_if<step_rule>(&a.what->kind);
    auto const* second = std::get_if<step_rule>(&b.what->kind);
    if (first == nullptr || second == nullptr || first->query.promql != second->query.promql ||
        first->query.reduce != second->query.reduce)
        return;
    for (auto const& x : first->steps) {
        for (auto const& y : second->steps) {
            if (!opposed(x.scale, y.scale) || !overlap(x.when, y.when))
                continue;
            found.push_back(b.error(
                b.title() + " has a step at " + text_of(y.when) + ", and " + a.title() +
                " has one the other way at " + text_of(x.when) + " of the same query: they overlap"
            ));
            return;
        }
    }
}

} // namespace

void check_overlaps(policy_file const& file, std::span<known_alert const> alerts, findings& found) {
    // Rules of one service; those whose service a label gives are together.
    std::map<std::string_view, std::vector<candidate>> services;
    for (auto& each : candidates_of(file, alerts)) {
        auto& earlier = services[each.rule.policy->service];
        for (auto const& other : earlier) {
            if (!compete(other.rule, each.rule))
                continue;
            check_alert_rules(other, each, alerts, found);
            check_step_rules(other.rule, each.rule, found);
        }
        earlier.push_back(std::move(each));
    }
}

} // namespace autoscaler::policy::lint
