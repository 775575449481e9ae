#include "policy/yaml/file_warnings.hpp"

#include "policy/yaml/expressions.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <variant>

namespace autoscaler::policy::yaml {

namespace {

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

void warn_one_way(std::span<policy_draft const> drafts, live_policies const& live, fault_sink& faults) {
    for (auto const& one : drafts) {
        if (one.incomplete || can_go_down(one) || !can_go_up(one))
            continue;
        // Up and down may be two policies of one service, each with its own cooldown.
        auto const others = live.find(one.value.service);
        bool const helped = others != live.end() &&
                            std::ranges::find(others->second, &one) != others->second.end() &&
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
            key + " with neither liveness nor prometheus: if the monitoring goes silent, that looks like an "
                  "idle service, and it "
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

std::string_view word_of(update_conduct conduct) {
    switch (conduct) {
    case update_conduct::hold:
        return "hold";
    case update_conduct::allow_up:
        return "allow_up";
    case update_conduct::allow:
        return "allow";
    }
    return "hold";
}

void warn_idle_conduct(std::span<policy_draft const> drafts, fault_sink& faults) {
    for (auto const& one : drafts) {
        if (!one.during_update_at || one.value.during_update != update_conduct::allow_up || one.incomplete ||
            can_go_up(one))
            continue;
        faults.warning(
            *one.during_update_at,
            "during_update: allow_up cannot count: no rule of policy " + in_quotes(one.value.name) +
                " takes the service up"
        );
    }
}

// The strictest of the policies of a service counts.
void warn_overruled_conduct(live_policies const& live, fault_sink& faults) {
    for (auto const& [service, together] : live) {
        auto const* const strictest = *std::ranges::min_element(together, {}, [](auto const* one) {
            return one->only_acts ? update_conduct::allow : one->value.during_update;
        });
        for (auto const* one : together) {
            if (!one->during_update_at || one->only_acts ||
                one->value.during_update <= strictest->value.during_update)
                continue;
            faults.warning(
                *one->during_update_at,
                "during_update: " + std::string(word_of(one->value.during_update)) +
                    " cannot count: policy " + in_quotes(strictest->value.name) +
                    " of the same service has " + std::string(word_of(strictest->value.during_update)) +
                    ", and the strictest counts"
            );
        }
    }
}

} // namespace

void warn_of_file(
    std::span<policy_draft const> drafts, live_policies const& live, bool watches_source, fault_sink& faults
) {
    warn_one_way(drafts, live, faults);
    warn_idle_conduct(drafts, faults);
    warn_overruled_conduct(live, faults);
    if (!watches_source)
        warn_unwatched_source(drafts, faults);
}

} // namespace autoscaler::policy::yaml
