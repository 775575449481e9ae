#include "policy/core/gate.hpp"

#include <algorithm>

namespace autoscaler::policy {

namespace {

std::optional<gate_hold>
gate_up(proposal const& what, service_view const& service, history const& memory, time_point now) {
    auto const& policy = *what.policy;
    auto const elapsed = memory.last_up ? std::max(duration{}, now - *memory.last_up) : duration::max();
    if (memory.last_up && elapsed < policy.cooldown.up)
        return gate_hold{.why = reason::cooldown_up, .until = *memory.last_up + policy.cooldown.up};
    // Running tasks that were not counted are not known to run; without a step up of late, nothing starts.
    bool const starting = !service.running || *service.running < service.replicas;
    if (!what.relative)
        return {};
    if (starting && elapsed < policy.converge_timeout)
        return gate_hold{.why = reason::not_converged, .until = now + progress_poll};
    // Also where all tasks run at this moment: those that crash do so again and again.
    bool const waited = elapsed >= policy.converge_timeout;
    if (waited && policy.on_stuck == stuck_mode::hold && service.stuck != stuck_state::none) {
        auto const why =
            service.stuck == stuck_state::unschedulable ? reason::unschedulable : reason::crash_looping;
        return gate_hold{.why = why, .until = now + stuck_poll};
    }
    return {};
}

std::optional<gate_hold> gate_down(proposal const& what, history const& memory, time_point now) {
    duration const cooldown = what.policy->cooldown.down;
    time_point const last =
        std::max({memory.boot, memory.last_up.value_or(memory.boot), memory.last_down.value_or(memory.boot)});
    if (std::max(duration{}, now - last) < cooldown)
        return gate_hold{.why = reason::cooldown_down, .until = last + cooldown};
    return {};
}

} // namespace

std::optional<gate_hold>
gate(proposal const& what, service_view const& service, history const& memory, time_point now) {
    if (what.free)
        return {};
    if (what.what == wish::up)
        return gate_up(what, service, memory, now);
    if (what.what == wish::down)
        return gate_down(what, memory, now);
    return {};
}

proposal const* merge(std::span<proposal const> proposals) {
    auto const beats = [](proposal const& a, proposal const& b) {
        if (a.free != b.free)
            return a.free;
        if ((a.what == wish::silent) != (b.what == wish::silent))
            return b.what == wish::silent;
        if (a.priority != b.priority)
            return a.priority > b.priority;
        if (a.what != b.what)
            return a.what > b.what;
        return a.what != wish::hold && a.replicas > b.replicas;
    };
    proposal const* best = nullptr;
    for (auto const& proposed : proposals)
        if (!best || beats(proposed, *best))
            best = &proposed;
    return best;
}

} // namespace autoscaler::policy
