#include "swarm_client/model/agent.hpp"

#include <algorithm>
#include <string>

namespace autoscaler::swarm::model::agent {

namespace {

// swarmkit's and the engine's default where a Spec has no StopGracePeriod.
constexpr duration default_stop_grace = std::chrono::seconds{10};

bool reachable(store const& all, task const& which) {
    if (!which.node)
        return true;
    auto const found = all.nodes.find(*which.node);
    return found == all.nodes.end() || found->second.powered;
}

bool has_process(task const& which) {
    return which.state == task_state::starting || which.state == task_state::running;
}

duration stop_time(store const& all, task const& which) {
    return std::min(
        all.behaviour_of(which).stop_time.value_or(duration{}),
        which.spec->stop_grace.value_or(default_stop_grace)
    );
}

// When a task that is to end takes its next step.
std::optional<time_point> next_of_leaving(store const& all, task const& which) {
    if (ended(which.state))
        return which.desired == task_state::remove ? std::optional{all.now} : std::nullopt;
    return has_process(which) ? which.leave_at + stop_time(all, which) : all.now;
}

std::optional<time_point> next_step(store const& all, task const& which) {
    if (!reachable(all, which))
        return std::nullopt;
    if (ended(which.desired))
        return next_of_leaving(all, which);
    switch (which.state) {
    case task_state::fresh:
        return which.since + all.setting.pace.schedule;
    case task_state::assigned:
        return which.since;
    case task_state::preparing:
        return which.since + all.setting.pace.prepare;
    case task_state::ready:
        return which.desired == task_state::running ? std::optional{all.now} : std::nullopt;
    case task_state::starting:
        return which.since + all.behaviour_of(which).start_delay.value_or(duration{});
    case task_state::running:
        if (auto const runs_for = all.behaviour_of(which).runs_for)
            return which.since + *runs_for;
        return std::nullopt;
    default:
        return std::nullopt; // Pending tasks wait for the nodes to change; ended ones rest.
    }
}

// The node with the fewest tasks of the service, the older one among equals; nullptr if none fits.
node const* choose_node(store const& all, task const& which) {
    auto const& owner = all.services.at(which.service);
    node const* best = nullptr;
    std::uint64_t least = 0;
    for (auto const& [number, candidate] : all.nodes) {
        if (candidate.state != node_state::ready || candidate.available != availability::active ||
            !satisfies(candidate, which.spec->constraints))
            continue;
        auto const found = owner.load.find(number);
        auto const load = found == owner.load.end() ? 0 : found->second;
        if (best == nullptr || load < least) {
            best = &candidate;
            least = load;
        }
    }
    return best;
}

void place(store& all, task& which) {
    bool const global = !which.slot;
    if (global)
        all.assign(which, which.key);
    else if (auto const* const chosen = choose_node(all, which))
        all.assign(which, chosen->number);
    if (which.node) {
        all.enter(which, task_state::assigned, "scheduler assigned task to node");
        return;
    }
    auto const count = std::ranges::count_if(all.nodes, [](auto const& one) {
        return one.second.state == node_state::ready && one.second.available == availability::active;
    });
    std::string error = "no suitable node";
    if (count > 0)
        error += " (scheduling constraints not satisfied on " + std::to_string(count) +
                 (count == 1 ? " node)" : " nodes)");
    if (which.state != task_state::pending || which.error != error)
        all.enter(which, task_state::pending, "pending task scheduling", error);
}

void prepared(store& all, task& which) {
    if (all.behaviour_of(which).missing)
        all.enter(which, task_state::rejected, "preparing", "No such image: " + which.spec->image);
    else
        all.enter(which, task_state::ready, "prepared");
}

void exited(store& all, task& which) {
    which.exit_code = all.behaviour_of(which).exit_code;
    if (*which.exit_code == 0)
        all.enter(which, task_state::complete, "finished");
    else
        all.enter(
            which,
            task_state::failed,
            "started",
            "task: non-zero exit (" + std::to_string(*which.exit_code) + ")"
        );
}

void leave(store& all, task& which) {
    if (!ended(which.state))
        all.enter(which, task_state::shutdown, "shutdown");
    if (which.desired == task_state::remove)
        all.erase_task(which.number);
}

} // namespace

void plan(store& all, task& which) {
    which.stamp = ++all.serial;
    if (auto const due = next_step(all, which))
        all.schedule(*due, timer_kind::agent, which.number, which.stamp);
}

void want(store& all, task& which, task_state desired) {
    if (desired <= which.desired)
        return;
    if (ended(desired) && !ended(which.desired))
        which.leave_at = all.now;
    which.desired = desired;
    all.touch(which);
    plan(all, which);
}

void step(store& all, task& which) {
    auto const number = which.number;
    if (ended(which.desired)) {
        leave(all, which);
    } else {
        switch (which.state) {
        case task_state::fresh:
            place(all, which);
            break;
        case task_state::assigned:
            all.enter(which, task_state::preparing, "preparing");
            break;
        case task_state::preparing:
            prepared(all, which);
            break;
        case task_state::ready:
            all.enter(which, task_state::starting, "starting");
            break;
        case task_state::starting:
            all.enter(which, task_state::running, "started");
            break;
        case task_state::running:
            exited(all, which);
            break;
        default:
            return;
        }
    }
    if (auto* const still = all.find_task(number))
        plan(all, *still);
}

void retry_pending(store& all) {
    for (auto& [number, one] : all.tasks)
        if (one.state == task_state::pending && !ended(one.desired)) {
            place(all, one);
            plan(all, one);
        }
}

} // namespace autoscaler::swarm::model::agent
