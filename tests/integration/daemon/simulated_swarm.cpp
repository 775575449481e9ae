#include "simulated_swarm.hpp"

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <utility>

namespace autoscaler::tests {

namespace model = swarm::model;

namespace {

std::string make_directory() {
    auto pattern = (std::filesystem::temp_directory_path() / "daemon-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr)
        throw std::runtime_error("cannot make a directory like " + pattern);
    return pattern;
}

model::time_point wall_now() {
    return swarm::simulated::simulated_engine::wall_clock();
}

} // namespace

model::scenario quick_swarm() {
    constexpr auto soon = std::chrono::milliseconds(2);
    model::scenario made;
    made.pace = {
        .orchestrate = soon,
        .schedule = soon,
        .prepare = soon,
        .start_delay = soon,
        .stop_time = soon,
        .node_timeout = soon,
    };
    return made;
}

model::scenario_service replicated(std::string name, std::uint64_t replicas) {
    model::scenario_service made;
    made.spec.task.image = name + ":good";
    made.spec.name = std::move(name);
    made.spec.labels.emplace("owner", "somebody");
    made.spec.replicas = replicas;
    return made;
}

model::scenario quick_web() {
    auto made = quick_swarm();
    made.services.push_back(replicated("web", 2));
    return made;
}

simulated_swarm::simulated_swarm(loop& runs_on, model::scenario scenario)
    : loop_(runs_on)
    , directory_(make_directory())
    , socket_(directory_ + "/docker.sock")
    , engine_(runs_on.context(), std::move(scenario), socket_) {
    start();
    look();
    runs_on.watch(this, [this] { look(); });
}

simulated_swarm::~simulated_swarm() {
    loop_.forget(this);
    engine_.stop();
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
}

void simulated_swarm::start() {
    if (auto const fault = engine_.start())
        throw std::runtime_error(*fault);
}

void simulated_swarm::stop() {
    engine_.stop();
}

std::unique_ptr<swarm::simulated::simulated_engine> simulated_swarm::another_manager() {
    auto made = std::make_unique<swarm::simulated::simulated_engine>(
        loop_.context(), engine_, directory_ + "/docker" + std::to_string(++managers_) + ".sock"
    );
    if (auto const fault = made->start())
        throw std::runtime_error(*fault);
    return made;
}

void simulated_swarm::inject(fault_kind kind, operation where, std::uint64_t times) {
    fault made;
    made.kind = kind;
    made.where = where;
    made.times = times;
    faults().add(std::move(made));
}

void simulated_swarm::stall(operation where, std::chrono::milliseconds lasts, std::uint64_t times) {
    fault made;
    made.kind = fault_kind::stall;
    made.where = where;
    made.times = times;
    made.lasts = lasts;
    faults().add(std::move(made));
}

model::service const& simulated_swarm::service(std::string_view name) {
    auto const* const found = model().find_service_named(name);
    if (found == nullptr)
        throw std::runtime_error("no service " + std::string(name) + " in the simulated Swarm");
    return *found;
}

void simulated_swarm::change(std::string_view name, std::function<void(model::service_spec&)> const& edit) {
    auto const& before = service(name);
    auto spec = before.spec;
    edit(spec);
    std::string const id = before.id;
    if (model().update_service(id, before.version, std::move(spec), wall_now()))
        throw std::runtime_error("the simulated Swarm refuses to change " + std::string(name));
    look();
    engine_.poke();
}

void simulated_swarm::create(model::service_spec spec) {
    model().create_service(std::move(spec), wall_now());
    look();
    engine_.poke();
}

void simulated_swarm::remove(std::string_view name) {
    std::string const id = service(name).id;
    model().remove_service(id, wall_now());
    engine_.poke();
}

void simulated_swarm::join(std::string hostname) {
    model::scenario_node made;
    made.hostname = std::move(hostname);
    made.role = model::node_role::worker;
    model().join_node(made, wall_now());
    engine_.poke();
}

std::set<std::string> simulated_swarm::running_tasks(std::string_view name) {
    std::set<std::string> ids;
    for (auto const* const task : model().tasks_of(service(name)))
        if (task->state == model::task_state::running && task->desired == model::task_state::running)
            ids.insert(task->id);
    return ids;
}

bool simulated_swarm::settled(std::string_view name) {
    return running_tasks(name).size() == service(name).spec.replicas;
}

std::vector<change_seen> simulated_swarm::changes(std::string_view name) {
    std::vector<change_seen> found;
    version_seen const* before = nullptr;
    for (auto const& now : history(name)) {
        if (before && before->id == now.id && before->spec.replicas != now.spec.replicas)
            found.push_back({before->spec.replicas, now.spec.replicas, now.version});
        before = &now;
    }
    return found;
}

std::vector<std::uint64_t> simulated_swarm::counts(std::string_view name) {
    std::vector<std::uint64_t> found;
    for (auto const& one : history(name))
        if (found.empty() || found.back() != one.spec.replicas)
            found.push_back(one.spec.replicas);
    return found;
}

// A handler serves one request at most, so no version is missed.
void simulated_swarm::look() {
    auto const events = model().last_event(); // every change of a service is one
    if (std::exchange(events_seen_, events) == events)
        return;
    for (auto const* const one : model().services()) {
        auto& known = history_[one->spec.name];
        if (known.empty() || known.back().version != one->version)
            known.push_back(
                {one->id,
                 one->version,
                 one->spec,
                 one->status ? std::optional(one->status->state) : std::nullopt}
            );
    }
}

} // namespace autoscaler::tests
