#include "policy/core/notices.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace autoscaler::policy {

namespace {

bool is_failure(reason why) {
    return why == reason::swarm_unavailable || why == reason::action_failed;
}

bool is_withheld(decision const& what) {
    return what.action == decided_action::hold && what.would &&
           (what.why == reason::update_in_progress || what.why == reason::paused);
}

bool is_of_bounds(decision const& what) {
    if (what.why == reason::bounds_conflict)
        return true;
    return what.action != decided_action::hold &&
           (what.why == reason::bounds_max || what.why == reason::bounds_min);
}

// `service` is the full name, or, where the service was never seen, the name as a policy writes it.
bool is_about(service_policy const& policy, std::string_view service, std::string const& stack) {
    std::string const prefix = stack.empty() ? "" : stack + "_";
    bool const in_stack = !stack.empty() && service.starts_with(prefix);
    auto const shorter = in_stack ? service.substr(prefix.size()) : service;
    if (policy.from_label)
        return policy.from_label->allow.matches_value(service) ||
               policy.from_label->allow.matches_value(shorter);
    return policy.service == service || policy.service == shorter;
}

bool speaks(service_policy const& policy, decision const& what, std::string const& stack) {
    if (!what.policy.empty())
        return policy.name == what.policy;
    return policy.enabled && !policy.dry_run && is_about(policy, what.service, stack);
}

} // namespace

std::vector<occasion> occasions_of(decision const& what) {
    std::vector<occasion> found;
    if (what.dry_run || what.why == reason::dry_run)
        return found;
    auto const add = [&found](occasion which, bool is_one) {
        if (is_one)
            found.push_back(which);
    };
    add(occasion::scaled, what.action != decided_action::hold);
    add(occasion::at_max, what.why == reason::at_max);
    add(occasion::held, is_withheld(what));
    add(occasion::failed, is_failure(what.why));
    add(occasion::fallback, what.why == reason::fallback);
    add(occasion::bounds, is_of_bounds(what));
    return found;
}

std::vector<notice> notices_of(policy_set const& policies, decision const& what) {
    std::vector<notice> made;
    auto const occasions = what.ours ? occasions_of(what) : std::vector<occasion>{};
    if (occasions.empty())
        return made;
    for (auto const& each : policies.notifiers) {
        bool const is_told = std::ranges::any_of(policies.policies, [&](service_policy const& one) {
            return std::ranges::find(one.notify, each.name) != one.notify.end() &&
                   speaks(one, what, policies.stack);
        });
        notice one{.to = &each, .on = {}};
        for (auto const which : occasions)
            if (each.on.contains(which))
                one.on.push_back(which);
        if (is_told && !one.on.empty())
            made.push_back(std::move(one));
    }
    return made;
}

} // namespace autoscaler::policy
