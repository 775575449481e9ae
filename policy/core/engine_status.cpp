// What the engine shows of its services.
#include "policy/core/bounds.hpp"
#include "policy/core/engine.hpp"

#include <algorithm>

namespace autoscaler::policy {

namespace {

std::optional<time_point> closed_until(std::optional<time_point> last, duration cooldown, time_point now) {
    if (!last || now - *last >= cooldown)
        return {};
    return *last + cooldown;
}

} // namespace

std::vector<service_status> engine::services(time_point now) const {
    std::vector<service_status> all;
    for (auto const& each : roster_.tracks())
        if (each.owner == each.index)
            all.push_back(status_of(each, now));
    return all;
}

service_status engine::status_of(track const& of, time_point now) const {
    service_status status;
    status.service = of.service;
    status.view = of.view;
    status.error = of.error;
    if (of.view)
        status.stuck = of.view->stuck;
    status.stuck_since = of.stuck_since;
    if (of.view)
        status.pause = pause_in_force(pauses_, of.view->name, now);
    for (auto const& part : of.groups)
        for (auto const* policy : part.policies)
            status.policies.push_back(policy->name);

    group const& first = of.groups.front(); // the live one, else the first in dry run; there is always one
    history const& memory = first.memory;
    cooldown_times longest{.up = {}, .down = {}};
    for (auto const* policy : first.policies) {
        longest.up = std::max(longest.up, policy->cooldown.up);
        longest.down = std::max(longest.down, policy->cooldown.down);
        for (auto const& what : policy->rules)
            if (auto const known = memory.rules.find(memory_key(policy->name, what.name));
                known != memory.rules.end() && known->second.open)
                status.active_rules.push_back(
                    {.policy = policy->name,
                     .rule = what.name,
                     .since = known->second.open->since,
                     .acted = known->second.open->acted}
                );
    }
    if (!first.policies.empty())
        status.bounds = common_bounds(first.policies, now);
    status.cooldown_up_until = closed_until(memory.last_up, longest.up, now);
    status.cooldown_down_until = closed_until(
        std::max({std::optional(memory.boot), memory.last_up, memory.last_down}), longest.down, now
    );
    status.last_decision = first.last;
    status.wanted = first.last ? first.last->would.value_or(first.last->to) : 0;
    return status;
}

} // namespace autoscaler::policy
