#include "policy/yaml/file_checks.hpp"

#include "policy/yaml/expressions.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace autoscaler::policy::yaml {

namespace {

void check_names(std::span<policy_draft const> drafts, fault_sink& faults) {
    std::map<std::string_view, policy_draft const*> seen;
    for (auto const& one : drafts) {
        if (one.value.name.empty())
            continue;
        auto const [first, is_new] = seen.emplace(one.value.name, &one);
        if (is_new)
            continue;
        policy_draft const& other = *first->second;
        std::string text = "two policies are called " + in_quotes(one.value.name) + ": the other begins at " +
                           faults.where(other.at);
        if (!one.name_at)
            text += "; without a name a policy is called as its alert or its service, so this one needs a "
                    "name of its "
                    "own, for example \"name: " +
                    one.value.name + "_" + one.value.service + "\"";
        faults.error(one.name_at.value_or(one.at), std::move(text));
    }
}

// History is kept by POLICY/RULE, so a slash in a name must not make two rules one.
void check_rule_keys(std::span<policy_draft const> drafts, fault_sink& faults) {
    std::map<std::string, policy_draft const*> seen;
    for (auto const& one : drafts) {
        for (auto const& each : one.value.rules) {
            std::string const key = one.value.name + '/' + each.name;
            auto const [first, is_new] = seen.emplace(key, &one);
            if (is_new || first->second->value.name == one.value.name)
                continue;
            faults.error(
                one.name_at.value_or(one.at),
                "a rule of this policy and one of policy " + in_quotes(first->second->value.name) +
                    " are both known as " + in_quotes(key) + ": rename one"
            );
        }
    }
}

// A policy that is decided together with others of its service.
bool is_live(policy_draft const& one) {
    return one.value.enabled && !one.value.dry_run && one.service_at && !one.value.service.empty();
}

// The service's bounds are the largest min and the smallest max of its policies.
void check_common_bounds(std::vector<policy_draft const*> const& together, fault_sink& faults) {
    auto const* const low =
        *std::ranges::max_element(together, {}, [](auto const* one) { return one->value.min; });
    auto const* const high =
        *std::ranges::min_element(together, {}, [](auto const* one) { return one->value.max; });
    // One policy that contradicts itself has its own fault.
    if (low->value.min <= high->value.max || low == high)
        return;
    bool const low_is_later = low->at > high->at;
    policy_draft const& later = low_is_later ? *low : *high;
    faults.error(
        (low_is_later ? later.min_at : later.max_at).value_or(later.at),
        "the bounds of service " + in_quotes(later.value.service) + " do not meet: min " +
            std::to_string(low->value.min) + " of policy " + in_quotes(low->value.name) +
            " is greater than max " + std::to_string(high->value.max) + " of policy " +
            in_quotes(high->value.name)
    );
}

// =n may lie below the count of the moment.
bool may_shrink(scale_expression const& step) {
    return shrinks(step) || step.what == scale_expression::kind::exact;
}

bool can_go_down(rule const& one) {
    if (auto const* const alert = std::get_if<alert_rule>(&one.kind))
        return may_shrink(alert->scale);
    if (auto const* const steps = std::get_if<step_rule>(&one.kind))
        return std::ranges::any_of(steps->steps, may_shrink, &value_step::scale);
    return std::holds_alternative<target_rule>(one.kind);
}

bool can_go_up(rule const& one) {
    if (auto const* const alert = std::get_if<alert_rule>(&one.kind))
        return grows(alert->scale);
    if (auto const* const steps = std::get_if<step_rule>(&one.kind))
        return std::ranges::any_of(steps->steps, grows, &value_step::scale);
    return std::holds_alternative<target_rule>(one.kind);
}

bool can_go_down(policy_draft const& one) {
    return one.value.give_back || one.on_resolved_at ||
           std::ranges::any_of(one.value.rules, [](rule const& each) { return can_go_down(each); });
}

bool can_go_up(policy_draft const& one) {
    return std::ranges::any_of(one.value.rules, [](rule const& each) { return can_go_up(each); });
}

using by_service = std::map<std::string_view, std::vector<policy_draft const*>>;

void warn_one_way(std::span<policy_draft const> drafts, by_service const& live, fault_sink& faults) {
    for (auto const& one : drafts) {
        if (one.incomplete || can_go_down(one) || !can_go_up(one))
            continue;
        // Up and down may be two policies of one service, each with its own cooldown.
        auto const others = live.find(one.value.service);
        bool const helped = is_live(one) && others != live.end() &&
                            std::ranges::any_of(others->second, [](auto const* other) {
                                return other->incomplete || can_go_down(*other);
                            });
        if (helped)
            continue;
        faults.warning(
            one.at,
            "policy " + in_quotes(one.value.name) +
                " can only go up: add \"return: {after: 10m, by: 1}\", on_resolved, or a rule that takes "
                "replicas away"
        );
    }
}

void warn_unwatched_source(std::span<policy_draft const> drafts, fault_sink& faults) {
    std::set<std::size_t> warned; // a `return` of defaults is one place for many policies
    auto const warn = [&](std::size_t at, std::string const& key) {
        if (!warned.insert(at).second)
            return;
        faults.warning(
            at,
            key + " without liveness: if the monitoring goes silent, that looks like an idle service, and it "
                  "is "
                  "scaled down; add \"liveness: {matchers: ['alertname=\"Watchdog\"']}\" at the top of the "
                  "file and "
                  "an alert of that name that always fires"
        );
    };
    for (auto const& one : drafts) {
        if (one.return_at && one.value.give_back)
            warn(*one.return_at, "return");
        if (one.on_resolved_at)
            warn(*one.on_resolved_at, "on_resolved");
    }
}

} // namespace

void check_file(std::span<policy_draft const> drafts, bool watches_source, fault_sink& faults) {
    check_names(drafts, faults);
    check_rule_keys(drafts, faults);
    by_service live;
    for (auto const& one : drafts)
        if (is_live(one))
            live[one.value.service].push_back(&one);
    for (auto const& [service, together] : live)
        check_common_bounds(together, faults);
    warn_one_way(drafts, live, faults);
    if (!watches_source)
        warn_unwatched_source(drafts, faults);
}

} // namespace autoscaler::policy::yaml
