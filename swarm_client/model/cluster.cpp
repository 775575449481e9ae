#include "swarm_client/model/cluster.hpp"

#include "swarm_client/model/orchestrator.hpp"

#include <algorithm>
#include <utility>

namespace autoscaler::swarm::model {

std::string_view to_string(refusal why) {
    switch (why) {
    case refusal::not_found:
        return "not found";
    case refusal::out_of_sequence:
        return "update out of sequence";
    case refusal::mode_change:
        return "service mode change is not allowed";
    case refusal::rename:
        return "renaming services is not supported";
    case refusal::name_taken:
        return "name conflicts with an existing object";
    case refusal::no_previous_spec:
        return "does not have a previous spec";
    case refusal::labels_only:
        return "only updates to Labels are allowed";
    }
    return "";
}

cluster::cluster(scenario setting, time_point now) {
    all_.setting = std::move(setting);
    all_.now = now - all_.setting.age;
    for (auto const& one : all_.setting.nodes)
        all_.add_node(one);
    for (auto const& one : all_.setting.services) {
        if (one.start_delay)
            all_.start_delays[one.spec.name] = *one.start_delay;
        create_service(one.spec, all_.now);
    }
    advance(now);
}

void cluster::advance(time_point now) {
    settle();
    while (!all_.timers.empty() && all_.timers.begin()->at <= now) {
        auto const due = all_.timers.extract(all_.timers.begin()).value();
        all_.now = std::max(all_.now, due.at);
        run(due);
        settle();
    }
    all_.now = std::max(all_.now, now);
}

std::optional<time_point> cluster::next_due() const {
    for (auto const& one : all_.timers)
        if (all_.is_live(one))
            return one.at;
    return std::nullopt;
}

void cluster::run(timer const& due) {
    if (!all_.is_live(due))
        return;
    switch (due.kind) {
    case timer_kind::agent:
        return agent::step(all_, all_.tasks.at(due.subject));
    case timer_kind::start:
        return restarts::release(all_, all_.tasks.at(due.subject));
    case timer_kind::reconcile:
        return orchestrator::reconcile(all_, due.subject);
    case timer_kind::rollout_worker:
        return rollouts::on_worker_timer(all_, due.subject, due.stamp);
    case timer_kind::rollout_end:
        return rollouts::on_end_timer(all_, due.subject);
    case timer_kind::node_lost:
        return notice_loss(all_.nodes.at(due.subject));
    }
}

// Failures are counted before the failed task is replaced, so that a rollback comes first.
void cluster::settle() {
    while (!all_.changed.empty()) {
        auto const number = all_.changed.front();
        all_.changed.pop_front();
        rollouts::on_change(all_, number);
        restarts::on_change(all_, number);
    }
}

created cluster::create_service(service_spec spec, time_point now) {
    advance(now);
    if (auto const* const taken = find_service_named(spec.name))
        return {taken->id, refusal::name_taken};
    return {all_.add_service(std::move(spec)).id, std::nullopt};
}

std::optional<refusal>
cluster::check(service const& stored, std::uint64_t version, service_spec const& posted) const {
    if (stored.spec.mode != posted.mode)
        return refusal::mode_change;
    if (stored.spec.name != posted.name)
        return refusal::rename;
    if (stored.version != version)
        return refusal::out_of_sequence;
    return std::nullopt;
}

std::optional<refusal>
cluster::update_service(std::string_view id, std::uint64_t version, service_spec spec, time_point now) {
    advance(now);
    auto const* const stored = open(id);
    if (stored == nullptr)
        return refusal::not_found;
    if (auto const refused = check(*stored, version, spec))
        return refused;
    auto changed = *stored;
    changed.previous_spec = std::exchange(changed.spec, std::move(spec));
    changed.status.reset();
    if (changed.spec.mode == service_mode::replicated_job || changed.spec.mode == service_mode::global_job)
        ++changed.job_iteration;
    all_.change_service(std::move(changed));
    return std::nullopt;
}

std::optional<refusal> cluster::rollback_service(
    std::string_view id, std::uint64_t version, service_spec const& posted, time_point now
) {
    advance(now);
    auto const* const stored = open(id);
    if (stored == nullptr)
        return refusal::not_found;
    auto const refused = check(*stored, version, posted);
    if (refused && *refused != refusal::out_of_sequence)
        return refused;
    if (!stored->previous_spec)
        return refusal::no_previous_spec;
    if (refused)
        return refused;
    auto changed = *stored;
    std::swap(changed.spec, *changed.previous_spec);
    changed.status =
        update_status{update_state::rollback_started, all_.now, {}, "manually requested rollback"};
    all_.change_service(std::move(changed));
    return std::nullopt;
}

std::optional<refusal> cluster::remove_service(std::string_view id, time_point now) {
    advance(now);
    auto* const stored = open(id);
    if (stored == nullptr)
        return refusal::not_found;
    all_.announce(*stored, change::remove);
    ++all_.index;
    all_.service_by_name.erase(stored->spec.name);
    all_.rollouts.erase(stored->number);
    stored->removed = true;
    if (stored->slots.empty()) {
        all_.services.erase(stored->number);
        return std::nullopt;
    }
    for (auto const* const one : tasks_of(*stored))
        agent::want(all_, *all_.find_task(one->number), task_state::remove);
    return std::nullopt;
}

service* cluster::open(std::string_view id) {
    for (auto& [number, one] : all_.services)
        if (one.id == id && !one.removed)
            return &one;
    return nullptr;
}

node* cluster::open_node(std::string_view id) {
    auto const found = std::ranges::find_if(all_.nodes, [&](auto const& one) { return one.second.id == id; });
    return found == all_.nodes.end() ? nullptr : &found->second;
}

void cluster::node_changed(node& which, std::map<std::string, std::string> attributes) {
    which.version = ++all_.index;
    which.updated_at = all_.now;
    all_.announce(which, change::update, std::move(attributes));
    orchestrator::reconcile_global(all_);
    agent::retry_pending(all_);
}

// As the engine tells it: first there is a node of which nothing is known, then it registers.
std::string cluster::join_node(scenario_node const& joining, time_point now) {
    advance(now);
    auto& made = all_.add_node(joining);
    all_.announce(made, change::create);
    node_changed(made, {{"state.old", "unknown"}, {"state.new", "ready"}});
    return made.id;
}

void cluster::notice_loss(node& lost) {
    lost.state = node_state::down;
    node_changed(lost, {{"state.old", "ready"}, {"state.new", "down"}});
    restarts::evacuate(all_, lost);
}

bool cluster::lose_node(std::string_view id, time_point now) {
    advance(now);
    auto* const lost = open_node(id);
    if (lost == nullptr)
        return false;
    if (!std::exchange(lost->powered, false))
        return true;
    for (auto& [number, one] : all_.tasks)
        if (one.node == lost->number)
            agent::plan(all_, one); // To nothing: nobody is there to take the next step.
    lost->loss = ++all_.serial;
    if (lost->state == node_state::ready)
        all_.schedule(
            all_.now + all_.setting.pace.node_timeout, timer_kind::node_lost, lost->number, lost->loss
        );
    return true;
}

bool cluster::recover_node(std::string_view id, time_point now) {
    advance(now);
    auto* const back = open_node(id);
    if (back == nullptr)
        return false;
    if (std::exchange(back->powered, true))
        return true;
    if (back->state == node_state::down) {
        back->state = node_state::ready;
        node_changed(*back, {{"state.old", "down"}, {"state.new", "ready"}});
    }
    for (auto& [number, one] : all_.tasks)
        if (one.node == back->number)
            agent::plan(all_, one);
    return true;
}

bool cluster::set_availability(std::string_view id, availability wanted, time_point now) {
    advance(now);
    auto* const which = open_node(id);
    if (which == nullptr)
        return false;
    auto const before = std::exchange(which->available, wanted);
    if (before == wanted)
        return true;
    node_changed(
        *which,
        {{"availability.old", std::string{to_string(before)}},
         {"availability.new", std::string{to_string(wanted)}}}
    );
    if (wanted == availability::drain)
        restarts::evacuate(all_, *which);
    return true;
}

} // namespace autoscaler::swarm::model
