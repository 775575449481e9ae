#include "tests/simulation/swarm_face.hpp"

#include "server/driver/adapt.hpp"
#include "server/driver/state_label.hpp"

#include <algorithm>
#include <functional>
#include <vector>

namespace autoscaler::simulation {

namespace {

swarm::service_mode to_client(model::service_mode mode) {
    switch (mode) {
    case model::service_mode::replicated:
        return swarm::service_mode::replicated;
    case model::service_mode::global:
        return swarm::service_mode::global;
    case model::service_mode::replicated_job:
        return swarm::service_mode::replicated_job;
    case model::service_mode::global_job:
        return swarm::service_mode::global_job;
    }
    return swarm::service_mode::unknown;
}

swarm::update_state to_client(model::update_state state) {
    switch (state) {
    case model::update_state::updating:
        return swarm::update_state::updating;
    case model::update_state::paused:
        return swarm::update_state::paused;
    case model::update_state::completed:
        return swarm::update_state::completed;
    case model::update_state::rollback_started:
        return swarm::update_state::rollback_started;
    case model::update_state::rollback_paused:
        return swarm::update_state::rollback_paused;
    case model::update_state::rollback_completed:
        return swarm::update_state::rollback_completed;
    }
    return swarm::update_state::unknown;
}

swarm::failure_action to_client(std::optional<model::update_config> const& update) {
    if (!update || update->on_failure == model::failure_action::pause)
        return swarm::failure_action::pause_update;
    return update->on_failure == model::failure_action::proceed ? swarm::failure_action::continue_update
                                                                : swarm::failure_action::roll_back;
}

std::uint64_t fingerprint(model::task_spec const& task) {
    std::string text = task.image + '\n' + task.rest + '\n' + std::to_string(task.force_update);
    for (auto const* list : {&task.command, &task.args, &task.env, &task.constraints})
        for (auto const& each : *list)
            text.append("\n").append(each);
    std::uint64_t hash = 0xcbf29ce484222325ULL; // FNV-1a: the same on every system
    for (char const each : text)
        hash = (hash ^ static_cast<unsigned char>(each)) * 0x100000001b3ULL;
    return hash;
}

swarm::service to_client(model::service const& from) {
    swarm::service to;
    to.id = from.id;
    to.name = from.spec.name;
    to.version = from.version;
    to.mode = to_client(from.spec.mode);
    to.replicas = from.spec.replicas;
    if (from.status)
        to.update = to_client(from.status->state);
    to.on_failure = to_client(from.spec.update);
    to.labels = from.spec.labels;
    if (from.previous_spec)
        to.previous = swarm::previous_spec{
            .labels = from.previous_spec->labels,
            .replicas = from.previous_spec->replicas,
            .task_template_fingerprint = fingerprint(from.previous_spec->task)
        };
    to.deploy_in_flight = deploy_in_flight(from);
    to.task_template_fingerprint = fingerprint(from.spec.task);
    return to;
}

// As the client tells it from the history of a slot.
bool crash_loops(std::vector<model::task const*> const& slot) {
    constexpr std::size_t failures_of_loop = 3;
    constexpr auto longest_loop = std::chrono::minutes(5);
    std::vector<model::time_point> failures;
    model::time_point latest;
    for (auto const* each : slot) {
        latest = std::max(latest, each->since);
        if (each->state == model::task_state::failed || each->state == model::task_state::rejected)
            failures.push_back(each->since);
        else if (each->state == model::task_state::running && each->desired == model::task_state::running)
            return false;
    }
    if (failures.size() < failures_of_loop)
        return false;
    std::ranges::sort(failures, std::greater<>());
    return latest - failures[failures_of_loop - 1] <= longest_loop;
}

void count_tasks(model::cluster const& swarm, model::service const& of, policy::service_view& view) {
    std::int64_t running = 0;
    view.stuck = policy::stuck_state::none;
    std::map<std::uint64_t, std::vector<model::task const*>> slots;
    for (auto const* each : swarm.tasks_of(of)) {
        slots[each->key].push_back(each);
        if (each->desired != model::task_state::running)
            continue;
        running += each->state == model::task_state::running ? 1 : 0;
        if (each->state == model::task_state::pending && each->error.starts_with("no suitable node"))
            view.stuck = policy::stuck_state::unschedulable;
    }
    view.running = running;
    if (view.stuck != policy::stuck_state::none || running >= view.replicas)
        return;
    for (auto const& [key, slot] : slots)
        if (crash_loops(slot))
            view.stuck = policy::stuck_state::crash_looping;
}

} // namespace

std::string_view to_string(planted_bug which) {
    switch (which) {
    case planted_bug::none:
        return "none";
    case planted_bug::write_without_version:
        return "write_without_version";
    case planted_bug::two_writes:
        return "two_writes";
    case planted_bug::trusted_rollback:
        return "trusted_rollback";
    }
    return "";
}

bool deploy_in_flight(model::service const& seen) {
    if (seen.spec.mode != model::service_mode::replicated || seen.spec.replicas == 0 || seen.status ||
        !seen.previous_spec)
        return false;
    return !equal_but_for_constraints(seen.spec.task, seen.previous_spec->task) ||
           seen.spec.rest != seen.previous_spec->rest;
}

std::optional<inspected> swarm_face::inspect(std::string_view name, bool tasks, time_point now) {
    auto const* const found = swarm_.find_service_named(name);
    if (!found)
        return {};
    auto& known = shown_[found->id];
    if (known.version != found->version) {
        known.view = server::adapt(to_client(*found), std::nullopt, now);
        known.version = found->version;
    }
    inspected answer{.view = known.view, .spec = found->spec};
    auto const pause = found->spec.labels.find(server::pause_label_name);
    if (pause != found->spec.labels.end())
        answer.view.pause = server::pause_of(pause->second, now); // it may have ended since
    if (tasks)
        count_tasks(swarm_, *found, answer.view);
    return answer;
}

model::service_spec changed_spec(model::service_spec inspected, policy::action::update const& change) {
    if (change.restart)
        ++inspected.task.force_update;
    else
        inspected.replicas = static_cast<std::uint64_t>(change.replicas);
    inspected.labels.insert_or_assign(
        std::string(server::state_label_name), server::encode_state(change.state)
    );
    return inspected;
}

model::time_point to_model(time_point when) {
    return std::chrono::time_point_cast<model::duration>(when);
}

} // namespace autoscaler::simulation
