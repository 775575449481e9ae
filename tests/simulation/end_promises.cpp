#include "tests/simulation/end_promises.hpp"

#include "server/driver/adapt.hpp"

#include <algorithm>

namespace autoscaler::simulation {

namespace {

using policy::reason;

// Alerts are resent once a minute at most, services observed every 15 s, and a write takes some milliseconds.
constexpr duration slack = 90s;

bool is_rollout(model::service const& of) {
    if (!of.status)
        return deploy_in_flight(of);
    auto const state = of.status->state;
    return state == model::update_state::updating || state == model::update_state::paused ||
           state == model::update_state::rollback_started || state == model::update_state::rollback_paused;
}

bool all_run(model::cluster const& swarm, model::service const& of) {
    return swarm.count_tasks(of).running >= of.spec.replicas;
}

// Whether the facts bear out the reason for which a step was withheld.
bool is_true(
    std::string_view why,
    policy::service_policy const& policy,
    model::cluster const& swarm,
    model::service const& of,
    autoscaler const& by
) {
    auto const is = [why](reason word) { return why == to_string(word); };
    if (is(reason::at_max))
        return true; // bounds hold at every write
    if (is(reason::alert) || is(reason::already_acted) || is(reason::silenced) || is(reason::lost_race))
        return true; // nothing to move; once per episode; switched off; told of just now
    if (is(reason::not_converged))
        return !all_run(swarm, of);
    if (is(reason::unschedulable) || is(reason::crash_looping))
        return policy.on_stuck == policy::stuck_mode::hold;
    if (is(reason::stabilized_up))
        return policy.stabilize.up > duration{};
    if (is(reason::rate_limited_up))
        return !policy.limit_up.entries.empty();
    if (is(reason::direction_disabled))
        return policy.limit_up.disabled;
    if (why == "updating" || why == "paused" || why == "rollback_started" || why == "rollback_paused")
        return is_rollout(of) || of.spec.labels.contains(server::pause_label_name) ||
               (by.pauses() && !by.pauses()->empty());
    if (why == "up" || why == "both")
        return of.spec.labels.contains(server::pause_label_name) || (by.pauses() && !by.pauses()->empty());
    return false;
}

// The stage at which the wish of a rule ended.
std::string_view end_of(policy::decision const& made, std::string const& policy, std::string const& rule) {
    bool proposed = false;
    for (auto const& each : made.trace) {
        bool const of_rule = each.policy == policy && each.rule == rule;
        if (each.stage == "rule" && of_rule) {
            if (each.out <= each.in)
                return each.why;
            proposed = true;
        }
        if (each.stage == "gate" && of_rule)
            return each.why;
        bool const later = each.stage == "stabilize" || each.stage == "limit" || each.stage == "bounds" ||
                           each.stage == "rollout" || each.stage == "pause";
        if (later && each.out <= made.from)
            return each.why;
    }
    return proposed ? "" : "not heard";
}

std::string unexplained_by(
    policy::service_policy const& policy,
    policy::rule const& rule,
    policy::decision const& made,
    autoscaler const& by,
    model::cluster const& swarm,
    model::service const& of
) {
    switch (made.why) {
    case reason::disabled_at_zero:
        return of.spec.replicas == 0 ? "" : "not at zero";
    case reason::not_opted_in: {
        auto const label = of.spec.labels.find(server::enable_label_name);
        return label == of.spec.labels.end() || label->second != "true" ? "" : "opted in";
    }
    case reason::bounds_conflict:
    case reason::bounds_max:
    case reason::bounds_min:
        return "";
    default:
        break;
    }
    if (made.would && *made.would < made.from)
        return ""; // out of bounds: first it has to come down, which a rollout or a pause withholds
    auto const why = end_of(made, policy.name, rule.name);
    if (is_true(why, policy, swarm, of, by))
        return "";
    return "says " + describe(made) + ", of " + rule.name + ": \"" + std::string(why) + "\"";
}

} // namespace

std::string unexplained(
    autoscaler const& by, model::cluster const& swarm, std::string const& service, std::string const& alert
) {
    auto const* const of = swarm.find_service_named(service);
    if (!of)
        return ""; // removed
    for (auto const& policy : by.policies()->policies) {
        bool const names =
            policy.from_label ? policy.from_label->allow.matches_value(service) : policy.service == service;
        if (!names || !policy.enabled || policy.dry_run)
            continue;
        auto const* const rule = rule_named(policy, alert);
        if (!rule)
            continue;
        for (auto const& status : by.machine().services(by.clock())) {
            if (status.service != service)
                continue;
            if (!status.last_decision)
                return "has not decided at all";
            return unexplained_by(policy, *rule, *status.last_decision, by, swarm, *of);
        }
        return "does not know the service";
    }
    return "";
}

duration longest_wait(policy::policy_set const& policies) {
    duration longest{};
    for (auto const& policy : policies.policies)
        for (auto const& each : policy.rules)
            if (auto const* rule = std::get_if<policy::alert_rule>(&each.kind))
                longest = std::max(longest, std::max(policy.cooldown.up, rule->repeat.interval) + rule->for_);
    return longest + slack;
}

} // namespace autoscaler::simulation
