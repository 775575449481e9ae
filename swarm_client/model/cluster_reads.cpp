// What a cluster tells; see cluster.cpp for what it does.
#include "swarm_client/model/cluster.hpp"
#include "swarm_client/model/rollout.hpp"

#include <algorithm>

namespace autoscaler::swarm::model {

service const* cluster::find_service(std::string_view id) const {
    for (auto const& [number, one] : all_.services)
        if (one.id == id && !one.removed)
            return &one;
    return nullptr;
}

service const* cluster::find_service_named(std::string_view name) const {
    auto const found = all_.service_by_name.find(name);
    return found == all_.service_by_name.end() ? nullptr : &all_.services.at(found->second);
}

std::vector<service const*> cluster::services() const {
    std::vector<service const*> found;
    for (auto const& [number, one] : all_.services)
        if (!one.removed)
            found.push_back(&one);
    return found;
}

std::vector<task const*> cluster::tasks() const {
    std::vector<task const*> found;
    found.reserve(all_.tasks.size());
    for (auto const& [number, one] : all_.tasks)
        found.push_back(&one);
    return found;
}

std::vector<task const*> cluster::tasks_of(service const& owner) const {
    std::vector<task const*> found;
    for (auto const& [key, numbers] : owner.slots)
        for (auto const number : numbers)
            found.push_back(&all_.tasks.at(number));
    std::ranges::sort(found, {}, &task::number);
    return found;
}

task_counts cluster::count_tasks(service const& owner) const {
    task_counts counted;
    for (auto const* const one : tasks_of(owner)) {
        counted.running += one->state == task_state::running ? 1 : 0;
        if (owner.spec.mode == service_mode::global)
            counted.desired += ended(one->desired) ? 0 : 1;
    }
    if (owner.spec.mode == service_mode::replicated)
        counted.desired = owner.spec.replicas;
    return counted;
}

bool cluster::is_up_to_date(task const& which) const {
    auto const owner = all_.services.find(which.service);
    return owner != all_.services.end() && !rollouts::is_dirty(all_, owner->second, which);
}

std::vector<event> cluster::events_after(std::uint64_t sequence) const {
    auto const first =
        std::ranges::find_if(all_.events, [&](event const& one) { return one.sequence > sequence; });
    return {first, all_.events.end()};
}

std::vector<node const*> cluster::nodes() const {
    std::vector<node const*> found;
    found.reserve(all_.nodes.size());
    for (auto const& [number, one] : all_.nodes)
        found.push_back(&one);
    return found;
}

node const* cluster::find_node(std::uint64_t number) const {
    auto const found = all_.nodes.find(number);
    return found == all_.nodes.end() ? nullptr : &found->second;
}

} // namespace autoscaler::swarm::model
